/**
 * The platform's decompression stream, held to its standard: encoded bytes that stop before their end are an error.
 * Deno 2.9's stream takes them for a whole one. There, and wherever an empty stream passes, the Adler-32 with which zlib
 * ends is checked here too, which costs a pass over the plain bytes; other platforms' streams are left alone.
 */
import type { Decoder } from "./codec.js";

const CHECKSUM_SIZE = 4;
const MODULUS = 65_521;
/** Bytes that are summed before the sums are reduced: both stay below 2^30, where engines have integers. */
const SUMMED_MAX = 2048;

let complete: Promise<boolean> | undefined;

/** Whether the platform notices by itself that a stream has no end. */
function noticesMissingEnd(): Promise<boolean> {
  complete ??= new Response(new Blob([]).stream().pipeThrough(new DecompressionStream("deflate")))
    .arrayBuffer()
    .then(
      () => false,
      () => true,
    );
  return complete;
}

/** Encoded bytes of one zlib stream in, plain bytes out. Errors when they are damaged or do not end. */
export function inflate(): Decoder {
  const tail = new Uint8Array(CHECKSUM_SIZE);
  const { readable, writable } = new TransformStream<Uint8Array, BufferSource>({
    transform: (bytes, controller) => {
      const last = bytes.subarray(-CHECKSUM_SIZE);
      tail.copyWithin(0, last.length);
      tail.set(last, CHECKSUM_SIZE - last.length);
      // A copy, because the write may resolve before the platform's thread has read the bytes.
      controller.enqueue(new Uint8Array(bytes));
    },
  });
  let checksum = 1;
  const checked = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform: async (plain, controller) => {
      if (!(await noticesMissingEnd())) checksum = adler32(plain, checksum);
      controller.enqueue(plain);
    },
    flush: async () => {
      if (await noticesMissingEnd()) return;
      const expected = new DataView(tail.buffer).getUint32(0);
      if (checksum !== expected)
        throw new Error("Cannot decode zlib: its checksum is wrong, or it has no end");
    },
  });
  return {
    writable,
    readable: readable.pipeThrough(new DecompressionStream("deflate")).pipeThrough(checked),
  };
}

/** RFC 1950 §8.2, going on from `seed`. */
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
