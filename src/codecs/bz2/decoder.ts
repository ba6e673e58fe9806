import type { Decoder } from "../codec.js";
import { type DecodePieces, PulledDecoder } from "../pulled-decoder.js";

/** Decompresses a sequence of streams. */
export interface Bzip2Decoding {
  /** Plain pieces of the next `encoded` bytes, decoded on demand. Run it to its end before the next call. */
  decode(encoded: Uint8Array): Iterable<Uint8Array>;
  /** The last pieces, after all encoded bytes. @throws Error if the bytes end inside a stream */
  end(): Iterable<Uint8Array>;
}

/** A pool of decompressors. */
export interface Decompressors {
  /** Returns a decompressor in its initial state. */
  acquire(): Promise<Bzip2Decoding>;
  /** Takes back an acquired decompressor, in any state. */
  release(decompressor: Bzip2Decoding): void;
}

/** @param free frees the memory of bytes at once, on hosts that can */
export function bz2Decoder(decompressors: Decompressors, free?: (bytes: Uint8Array) => void): Decoder {
  return new PulledDecoder((input) => decodeStreams(decompressors, input, free));
}

async function* decodeStreams(
  decompressors: Decompressors,
  input: Parameters<DecodePieces>[0],
  free: ((bytes: Uint8Array) => void) | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  const decompressor = await decompressors.acquire();
  try {
    for (let bytes = await input.next(); bytes !== undefined; bytes = await input.next()) {
      for (const plain of decompressor.decode(bytes)) {
        yield plain;
        free?.(plain);
      }
    }
    for (const plain of decompressor.end()) {
      yield plain;
      free?.(plain);
    }
  } finally {
    decompressors.release(decompressor);
  }
}
