/** CRC-32C bit by bit, as RFC 3720's appendix describes it: slow, and not the sink's own. */
export function crc32c(bytes: Uint8Array): string {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1;
  }
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(~rest >>> 0);
  return sum.toString("base64");
}
