/**
 * bzip2 on this thread. Instances are made on demand and kept for reuse. Compression of a stream is one synchronous
 * call, so one compressor is enough; there are as many decompressors as streams being read at once.
 */
import { Bzip2Compressor, OUTPUT_SIZE } from "./bzip2-compressor.js";
import { Bzip2Decompressor } from "./bzip2-decompressor.js";
import { BZIP2_PAGES, compileBzip2, PAGE_SIZE } from "./bzip2-module.js";

/** Bytes of a compressor, and of a decompressor. */
export const COMPRESSOR_SIZE: number = BZIP2_PAGES.encoder * PAGE_SIZE + OUTPUT_SIZE;
export const DECOMPRESSOR_SIZE: number = BZIP2_PAGES.decoder * PAGE_SIZE;

/** Idle decompressors that are kept, of 3.6 MiB each. */
const IDLE_MAX = 4;

export class Bzip2Kernels {
  readonly compressorSize: number = COMPRESSOR_SIZE;
  readonly decodingSize: number = DECOMPRESSOR_SIZE;
  readonly #idle: Bzip2Decompressor[] = [];
  #compressor: Bzip2Compressor | undefined;

  /** Compresses `piece` to one whole bzip2 stream. @param level 1 to 9 */
  async compress(piece: Uint8Array, level: number): Promise<Uint8Array<ArrayBuffer>> {
    const module = await compileBzip2();
    this.#compressor ??= new Bzip2Compressor(module);
    return this.#compressor.compress(piece, level);
  }

  /** Returns a decompressor in its initial state, for one sequence of streams. */
  async acquire(): Promise<Bzip2Decompressor> {
    const module = await compileBzip2();
    const decompressor = this.#idle.pop() ?? new Bzip2Decompressor(module);
    decompressor.start();
    return decompressor;
  }

  /** Takes back a decompressor, in any state, that the caller will not use any more. */
  release(decompressor: Bzip2Decompressor): void {
    if (this.#idle.length < IDLE_MAX) this.#idle.push(decompressor);
  }
}
