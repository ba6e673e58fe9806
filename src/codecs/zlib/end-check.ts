/** Detection of truncated zlib streams, on platforms whose decompression stream accepts them. */
const CHECKSUM_SIZE = 4;
const MODULUS = 65_521;
/** Bytes summed before a reduction: both sums stay below 2^30, where engines use integers. */
const SUMMED_MAX = 2048;

let complete: Promise<boolean> | undefined;

/** Whether the platform itself detects a truncated stream. */
function noticesMissingEnd(): Promise<boolean> {
  complete ??= refusesNothing();
  return complete;
}

/** Whether a stream of no bytes is an error, as it should be. */
async function refusesNothing(): Promise<boolean> {
  const { readable, writable } = new DecompressionStream("deflate");
  const [writer, reader] = [writable.getWriter(), readable.getReader()];
  const ends = [writer.close(), reader.read(), writer.closed, reader.closed];
  const outcomes = await Promise.allSettled(ends);
  return outcomes.some(({ status }) => status === "rejected");
}

/** Compares the checksum of the plain bytes with the last four encoded bytes, unless the platform does. */
export class EndCheck {
  readonly #tail = new Uint8Array(CHECKSUM_SIZE);
  #checksum = 1;

  addEncoded(bytes: Uint8Array): void {
    const last = bytes.subarray(-CHECKSUM_SIZE);
    this.#tail.copyWithin(0, last.length);
    this.#tail.set(last, CHECKSUM_SIZE - last.length);
  }

  async addPlain(plain: Uint8Array): Promise<void> {
    if (!(await noticesMissingEnd())) this.#checksum = adler32(plain, this.#checksum);
  }

  /** @throws Error when the stream was truncated */
  async check(): Promise<void> {
    if (await noticesMissingEnd()) return;
    if (this.#checksum !== new DataView(this.#tail.buffer).getUint32(0))
      throw new Error("Cannot decode zlib: its checksum is wrong, or it has no end");
  }
}

/** The checksum of RFC 1950 §8.2, continued from `seed`. */
function adler32(bytes: Uint8Array, seed: number): number {
  let low = seed & 0xffff;
  let high = seed >>> 16;
  for (let at = 0; at < bytes.length; ) {
    for (const end = Math.min(at + SUMMED_MAX, bytes.length); at < end; at++) {
      low += bytes[at]!;
      high += low;
    }
    low %= MODULUS;
    high %= MODULUS;
  }
  return ((high << 16) | low) >>> 0;
}
