/** XXH64, with which zstd frames vouch for their content. */

/** A running XXH64. */
export interface Xxh64 {
  init(): unknown;
  update(bytes: Uint8Array): unknown;
  /** Sixteen hexadecimal digits. */
  digest(): string;
}

/** Makes a new one. */
export type CreateXxh64 = () => Promise<Xxh64>;

/** Instances that are used again, because each is a WebAssembly instance of its own. */
export class Xxh64Pool {
  readonly #idle: Xxh64[] = [];
  readonly #create: CreateXxh64;

  constructor(create: CreateXxh64 = createHash) {
    this.#create = create;
  }

  /** One that nobody else uses until it is given back, at its start. */
  async take(): Promise<Xxh64> {
    const hash = this.#idle.pop() ?? (await this.#create());
    hash.init();
    return hash;
  }

  giveBack(hash: Xxh64): void {
    this.#idle.push(hash);
  }
}

/** Loads the package at the first use, so that a run without zstd does not. */
const createHash: CreateXxh64 = async () => {
  const { createXXHash64 } = await import("./xxh64.js");
  return await createXXHash64();
};

/** The checksum as a frame has it at its end: the low four bytes of the digest, the lowest first. */
export function checksumOf(hash: Xxh64): Uint8Array {
  const low = Number.parseInt(hash.digest().slice(-8), 16);
  return Uint8Array.of(low & 0xff, (low >>> 8) & 0xff, (low >>> 16) & 0xff, low >>> 24);
}

/** Where a frame's header says what the header has. */
const DESCRIPTOR_AT = 4;
const CHECKSUM_FLAG = 0x04;

/** `frame`, which has no checksum, with the one that `hash` has run over its content. */
export function withChecksum(frame: Uint8Array, hash: Xxh64): Uint8Array<ArrayBuffer> {
  const checksum = checksumOf(hash);
  const result = new Uint8Array(frame.length + checksum.length);
  result.set(frame);
  result.set(checksum, frame.length);
  result[DESCRIPTOR_AT]! |= CHECKSUM_FLAG;
  return result;
}
