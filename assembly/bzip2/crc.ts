/** The CRC-32 of bzip2: polynomial 0x04c11db7, most significant bit first; four bytes a step. */
const POLYNOMIAL: u32 = 0x04c11db7;

const TABLE: usize = 8 * 1024;
/** Four tables of 256 words. */
export const CRC_SIZE: usize = 4 * 1024;

export function fillCrcTables(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc >> 31 != 0 ? POLYNOMIAL : 0);
    store<u32>(TABLE + (byte << 2), crc);
  }
  // Table k is for a byte that is followed by k more bytes.
  for (let entry: u32 = 256; entry < 1024; entry++) {
    const before = load<u32>(TABLE + ((entry - 256) << 2));
    store<u32>(TABLE + (entry << 2), (before << 8) ^ load<u32>(TABLE + ((before >> 24) << 2)));
  }
}

// @ts-ignore: decorator
@inline
function look(table: u32, byte: u32): u32 {
  return load<u32>(TABLE + ((table << 10) + (byte << 2)));
}

/** The register after `length` more bytes. It starts with all bits set, and the checksum is its complement. */
export function updateCrc(register: u32, at: usize, length: usize): u32 {
  const end = at + length;
  for (; at + 4 <= end; at += 4) {
    register ^= bswap<u32>(load<u32>(at));
    register =
      look(3, register >> 24) ^ look(2, (register >> 16) & 255) ^ look(1, (register >> 8) & 255) ^ look(0, register & 255);
  }
  for (; at < end; at++) register = (register << 8) ^ look(0, (register >> 24) ^ load<u8>(at));
  return register;
}
