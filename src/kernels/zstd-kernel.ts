/** zstd frames on this thread. The kernel is loaded on first use. */
import { supportsSimd } from "./module.js";
import { providedModule } from "./provided.js";
import type { ZstdFrames } from "./zstd.js";
import { zstdFramesSize } from "./zstd-size.js";

/** Whether this runtime can run the kernel: it needs SIMD, and a host that provides its modules must provide this one. */
export function supportsZstd(): boolean {
  if (providedModule("zstd") !== undefined) return true;
  return providedModule("simd") === undefined && supportsSimd();
}

/** Encodes zstd frames on the calling thread, for `zstdCodec`. Each frame is one synchronous call. */
export class ZstdKernel {
  /** The highest level that it has; it is faster than the package of the codec at each, and as small. */
  readonly levelMax: number = 3;
  #frames: Promise<ZstdFrames> | undefined;

  /** Memory that it keeps after frames of up to `plainMax` plain bytes. */
  memorySize(plainMax: number): number {
    return zstdFramesSize(plainMax);
  }

  /** See `ZstdFrames.encode`. */
  async encode(plain: Uint8Array, level: number): Promise<Uint8Array<ArrayBuffer>> {
    this.#frames ??= import("./zstd.js").then(({ ZstdFrames }) => ZstdFrames.load());
    return (await this.#frames).encode(plain, level);
  }
}
