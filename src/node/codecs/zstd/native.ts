/** The zstd of `node:zlib`, available since Node 22.15 and 23.8. */
import type { Transform, TransformOptions } from "node:stream";
import * as zlib from "node:zlib";
import { WINDOW_SIZE_MAX } from "../../../codecs/zstd/frames/frames.js";
import { ZlibHandle } from "../zlib-handle.js";

export interface ZstdStreamOptions extends TransformOptions {
  /** Bytes of an output buffer. */
  readonly chunkSize?: number;
  readonly params?: Readonly<Record<number, number>>;
  /** Number of plain bytes, which is written to the frame's header. */
  readonly pledgedSrcSize?: number;
}

/** The used part of `node:zlib`. The type declarations are those of Node 20, which does not have it. */
export interface NativeZstd {
  readonly constants: {
    readonly ZSTD_c_compressionLevel: number;
    readonly ZSTD_c_checksumFlag: number;
    readonly ZSTD_d_windowLogMax: number;
  };
  createZstdDecompress(options: ZstdStreamOptions): Transform;
  zstdCompressSync(plain: Uint8Array, options: ZstdStreamOptions): Uint8Array;
}

/** The smallest possible size of the stream's own buffer, which is not used. */
const UNUSED_STEP = 64;

/** A handle that decodes one frame; `undefined` if Node's streams have none. */
export function openZstdHandle(native: NativeZstd): ZlibHandle | undefined {
  const params = { [native.constants.ZSTD_d_windowLogMax]: Math.log2(WINDOW_SIZE_MAX) };
  return ZlibHandle.under(native.createZstdDecompress({ chunkSize: UNUSED_STEP, params }));
}

/** `undefined` if Node has no zstd, or its streams have no usable handle. */
export const nativeZstd: NativeZstd | undefined = findZstd();

function findZstd(): NativeZstd | undefined {
  if (!("createZstdDecompress" in zlib)) return undefined;
  const native = zlib as unknown as NativeZstd;
  const handle = openZstdHandle(native);
  handle?.close();
  return handle && native;
}
