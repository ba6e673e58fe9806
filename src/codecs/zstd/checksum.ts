/** XXH64, the content checksum of zstd frames. */

/** A running XXH64. */
export interface Xxh64 {
  init(): unknown;
  update(bytes: Uint8Array): unknown;
  /** Sixteen hexadecimal digits. */
  digest(): string;
}

/** Makes a new XXH64. */
export type CreateXxh64 = () => Promise<Xxh64>;

/** A pool of hashes, because each is a WebAssembly instance of its own. */
export class Xxh64Pool {
  readonly #idle: Xxh64[] = [];
  readonly #create: CreateXxh64;

  constructor(create: CreateXxh64 = createHash) {
    this.#create = create;
  }

  /** Returns a hash in its initial state, for exclusive use until `release`. */
  async take(): Promise<Xxh64> {
    const hash = this.#idle.pop() ?? (await this.#create());
    hash.init();
    return hash;
  }

  release(hash: Xxh64): void {
    this.#idle.push(hash);
  }
}

/** Loads the package on first use, so that a run without zstd does not. */
const createHash: CreateXxh64 = async () => {
  const { createXXHash64 } = await import("./xxh64.js");
  return await createXXHash64();
};

/** The checksum at the end of a frame: the low four bytes of the digest, little-endian. */
export function checksumOf(hash: Xxh64): Uint8Array {
  const low = Number.parseInt(hash.digest().slice(-8), 16);
  return Uint8Array.of(low & 0xff, (low >>> 8) & 0xff, (low >>> 16) & 0xff, low >>> 24);
}

/** Position of the frame header descriptor, which lists the header's fields. */
const DESCRIPTOR_AT = 4;
const CHECKSUM_FLAG = 0x04;

/** Copies `frame`, which has no checksum, and adds that of `hash`, which has been updated with its content. */
export function withChecksum(frame: Uint8Array, hash: Xxh64): Uint8Array<ArrayBuffer> {
  const checksum = checksumOf(hash);
  const result = new Uint8Array(frame.length + checksum.length);
  result.set(frame);
  result.set(checksum, frame.length);
  result[DESCRIPTOR_AT]! |= CHECKSUM_FLAG;
  return result;
}
