/**
 * bzip2 on this thread. Instances are made when they are needed and kept for reuse; an encoder works on one stream at a
 * time without a pause, so there is only one, and decoders are as many as streams are read at once.
 */
import { Bzip2Compressor, OUTPUT_SIZE } from "./bzip2-compressor.js";
import { Bzip2Decompressor } from "./bzip2-decompressor.js";
import { BZIP2_PAGES, compileBzip2, PAGE_SIZE } from "./bzip2-module.js";

/** Bytes of an instance that compresses, and of one that decompresses. */
export const COMPRESSOR_SIZE: number = BZIP2_PAGES.encoder * PAGE_SIZE + OUTPUT_SIZE;
export const DECOMPRESSOR_SIZE: number = BZIP2_PAGES.decoder * PAGE_SIZE;

/** Idle decoders that are kept, of 3.6 MiB each. */
const IDLE_MAX = 4;

export class Bzip2Kernels {
  readonly compressorSize: number = COMPRESSOR_SIZE;
  readonly decodingSize: number = DECOMPRESSOR_SIZE;
  readonly #idle: Bzip2Decompressor[] = [];
  #compressor: Bzip2Compressor | undefined;

  /** `piece` as one whole bzip2 stream. @param level 1 to 9 */
  async compress(piece: Uint8Array, level: number): Promise<Uint8Array<ArrayBuffer>> {
    const module = await compileBzip2();
    this.#compressor ??= new Bzip2Compressor(module);
    return this.#compressor.compress(piece, level);
  }

  /** A decompressor for one sequence of streams, at its start. */
  async acquire(): Promise<Bzip2Decompressor> {
    const module = await compileBzip2();
    const decompressor = this.#idle.pop() ?? new Bzip2Decompressor(module);
    decompressor.start();
    return decompressor;
  }

  /** Takes a decompressor back, in whatever state, that nobody will call any more. */
  release(decompressor: Bzip2Decompressor): void {
    if (this.#idle.length < IDLE_MAX) this.#idle.push(decompressor);
  }
}
