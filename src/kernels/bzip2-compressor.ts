import { MIB } from "../units.js";
import { type Bzip2Instance, instantiateBzip2 } from "./bzip2-module.js";

/** Room for a compressed window, and for its slightly longer encoding if it does not shrink. */
export const OUTPUT_SIZE: number = 2 * MIB;

/** Compresses with one instance, one stream at a time. */
export class Bzip2Compressor {
  readonly #instance: Bzip2Instance;
  /** Reused, because hundreds of fresh buffers would wait for garbage collection. */
  #output = new Uint8Array(OUTPUT_SIZE);
  #used = 0;

  /** @param module from `compileBzip2`, which may have been called on another thread */
  constructor(module: WebAssembly.Module) {
    this.#instance = instantiateBzip2(module, "encoder");
  }

  /**
   * Compresses `plain` to one whole bzip2 stream of any number of blocks. Streams may be concatenated.
   * @param level 1 to 9: maximum block size in units of 100 000 bytes
   */
  compress(plain: Uint8Array, level: number): Uint8Array<ArrayBuffer> {
    const { exports, bytes } = this.#instance;
    this.#used = 0;
    this.#fetch(exports.startEncoder(level));
    const step = exports.inputStep();
    for (let at = 0; at < plain.length; ) {
      const input = plain.subarray(at, at + step);
      bytes.set(input, exports.encoderInput());
      const taken = exports.encoderTake(input.length);
      at += taken;
      if (taken < input.length) this.#fetch(exports.encodeBlock());
    }
    this.#fetch(exports.encodeBlock());
    this.#fetch(exports.finishEncoder());
    return this.#output.slice(0, this.#used);
  }

  #fetch(length: number): void {
    const { exports, bytes } = this.#instance;
    const at = exports.encoderOutput();
    while (this.#used + length > this.#output.length) this.#grow();
    this.#output.set(bytes.subarray(at, at + length), this.#used);
    this.#used += length;
  }

  #grow(): void {
    const grown = new Uint8Array(2 * this.#output.length);
    grown.set(this.#output);
    this.#output = grown;
  }
}
