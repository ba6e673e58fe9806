/** The zstd of `node:zlib`, where Node has one: since 22.15 and 23.8. */
import type { Transform, TransformOptions } from "node:stream";
import * as zlib from "node:zlib";
import { WINDOW_SIZE_MAX } from "../../codecs/zstd/frames/frames.js";

export interface ZstdStreamOptions extends TransformOptions {
  /** Bytes of the pieces that come out. */
  readonly chunkSize?: number;
  readonly params?: Readonly<Record<number, number>>;
  /** Plain bytes that will come, which the frame's header then says. */
  readonly pledgedSrcSize?: number;
}

export interface ZstdStream extends Transform {
  flush(kind: number, done: () => void): void;
}

/** What is used of it. The type declarations are Node 20's, which do not have it. */
export interface NativeZstd {
  readonly constants: {
    readonly ZSTD_c_compressionLevel: number;
    readonly ZSTD_c_checksumFlag: number;
    readonly ZSTD_d_windowLogMax: number;
  };
  createZstdDecompress(options: ZstdStreamOptions): ZstdStream;
  zstdCompress(
    plain: Uint8Array,
    options: ZstdStreamOptions,
    done: (error: Error | null, frame: Uint8Array) => void,
  ): void;
  zstdCompressSync(plain: Uint8Array, options: ZstdStreamOptions): Uint8Array;
}

/** A stream of one frame. @param chunkSize bytes of the pieces that come out */
export function decompressing(native: NativeZstd, chunkSize: number): ZstdStream {
  const params = { [native.constants.ZSTD_d_windowLogMax]: Math.log2(WINDOW_SIZE_MAX) };
  return native.createZstdDecompress({ chunkSize, params });
}

export const nativeZstd: NativeZstd | undefined =
  "createZstdCompress" in zlib ? (zlib as unknown as NativeZstd) : undefined;
