/** DEFLATE on this thread. The kernel is loaded on first use. */
import type { Deflater } from "./deflate.js";
import { DEFLATER_SIZE } from "./deflate-size.js";
import { type Kernels, loadKernels } from "./kernels.js";
import { supportsSimd } from "./module.js";
import { providedModule } from "./provided.js";

/** Whether this runtime can run the kernel: it needs SIMD, and a host that provides its modules must provide this one. */
export function supportsDeflate(): boolean {
  if (providedModule("deflate") !== undefined) return true;
  return providedModule("simd") === undefined && supportsSimd();
}

/** Deflates and computes checksums on the calling thread, for `zlibCodec`. Each piece is one synchronous call. */
export class DeflateKernels {
  readonly sharedSize: number = DEFLATER_SIZE;
  #deflater: Promise<Deflater> | undefined;
  #kernels: Promise<Kernels> | undefined;

  /** See `Deflater.deflate`. */
  async deflate(piece: Uint8Array, dictionary: Uint8Array, level: number): Promise<Uint8Array<ArrayBuffer>> {
    this.#deflater ??= import("./deflate.js").then(({ Deflater }) => Deflater.load());
    return (await this.#deflater).deflate(piece, level, dictionary);
  }

  /** Adler-32 (RFC 1950) of `bytes`, continued from the checksum `seed`. */
  async adler32(bytes: Uint8Array, seed: number): Promise<number> {
    this.#kernels ??= loadKernels({ memorySize: 0 });
    return (await this.#kernels).adler32(bytes, seed);
  }
}
