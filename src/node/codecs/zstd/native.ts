/** The zstd of `node:zlib`, on a Node that has it: since 22.15 and 23.8. */
import type { Transform, TransformOptions } from "node:stream";
import * as zlib from "node:zlib";
import { WINDOW_SIZE_MAX } from "../../../codecs/zstd/frames/frames.js";
import { ZlibHandle } from "../zlib-handle.js";

export interface ZstdStreamOptions extends TransformOptions {
  /** Bytes of the pieces that come out. */
  readonly chunkSize?: number;
  readonly params?: Readonly<Record<number, number>>;
  /** Plain bytes that will come; written to the frame's header. */
  readonly pledgedSrcSize?: number;
}

/** The part of it that is used here. The type declarations are Node 20's, which do not have it. */
export interface NativeZstd {
  readonly constants: {
    readonly ZSTD_c_compressionLevel: number;
    readonly ZSTD_c_checksumFlag: number;
    readonly ZSTD_d_windowLogMax: number;
  };
  createZstdDecompress(options: ZstdStreamOptions): Transform;
  zstdCompressSync(plain: Uint8Array, options: ZstdStreamOptions): Uint8Array;
}

/** The stream's own buffer, which is not used here, as small as it can be. */
const UNUSED_STEP = 64;

/** The handle that decodes one frame; `undefined` where Node's streams have none. */
export function openZstdHandle(native: NativeZstd): ZlibHandle | undefined {
  const params = { [native.constants.ZSTD_d_windowLogMax]: Math.log2(WINDOW_SIZE_MAX) };
  return ZlibHandle.under(native.createZstdDecompress({ chunkSize: UNUSED_STEP, params }));
}

/** `undefined` also on a Node whose zstd cannot be used as this room uses it. */
export const nativeZstd: NativeZstd | undefined = findZstd();

function findZstd(): NativeZstd | undefined {
  if (!("createZstdDecompress" in zlib)) return undefined;
  const native = zlib as unknown as NativeZstd;
  const handle = openZstdHandle(native);
  handle?.close();
  return handle && native;
}
