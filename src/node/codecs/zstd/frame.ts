/** Encoding of whole zstd frames with `node:zlib`, with content size and checksum. */
import { KIB } from "../../../units.js";
import type { NativeZstd, ZstdStreamOptions } from "./native.js";

/** Encodes on the calling thread. @returns bytes in a buffer of their own */
export function nativeFrame(native: NativeZstd, plain: Uint8Array, level: number): Uint8Array<ArrayBuffer> {
  const frame = native.zstdCompressSync(plain, frameOptions(native, level, plain.length));
  // Small results may lie in Node's shared buffer pool, which cannot be transferred; the first one at its offset 0.
  const isOwn = frame.byteOffset === 0 && plain.length >= Buffer.poolSize;
  return (isOwn ? frame : new Uint8Array(frame)) as Uint8Array<ArrayBuffer>;
}

/**
 * An output buffer with room for any frame of this length: zstd then reads the content in place, and not through a
 * buffer of its own. For 360 MiB in pieces of 6, frames are 0.3 % smaller and take 3 to 7 % less time.
 */
function frameOptions({ constants }: NativeZstd, level: number, length: number): ZstdStreamOptions {
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 };
  return { params, pledgedSrcSize: length, chunkSize: compressBound(length) };
}

const SMALL_CONTENT: number = 128 * KIB;

/** The largest size of a frame in bytes: `ZSTD_COMPRESSBOUND` of zstd.h. */
function compressBound(length: number): number {
  const ofSmall = Math.max(0, SMALL_CONTENT - length) >> 11;
  return length + (length >> 8) + ofSmall;
}
