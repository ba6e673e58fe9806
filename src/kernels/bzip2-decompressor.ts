import { type Bzip2Instance, instantiateBzip2 } from "./bzip2-module.js";

/** A status of `decode`, as in `assembly/bzip2/status.ts`. */
const HAVE_OUTPUT = 1;

/** Descriptions of damage, by negative status of `decode`. */
const DAMAGES: Readonly<Record<number, string>> = {
  [-1]: "there is no bzip2 stream where one should begin",
  [-2]: "neither a block nor the end of the stream follows",
  [-3]: "it has a randomised block, which bzip2 has not written since version 0.9.5",
  [-4]: "a block's origin lies outside of it",
  [-5]: "a block has an empty alphabet",
  [-6]: "a block's selectors are malformed",
  [-7]: "a block's code lengths are malformed",
  [-8]: "a block has a code word that is in none of its codes",
  [-9]: "a block is longer than its stream allows",
  [-10]: "a block's CRC does not match",
  [-11]: "the stream's CRC does not match",
  [-12]: "it ends early",
};

/**
 * Decompresses concatenated bzip2 streams with one instance, in bounded memory.
 *
 *     for each piece of the encoded bytes: for (const plain of decompressor.decode(bytes)) …
 *     at their end:                        for (const plain of decompressor.end()) …
 *
 * Both are lazy, and each must be iterated to its end before the next call. A plain piece has up to 64 KiB and belongs
 * to the caller.
 */
export class Bzip2Decompressor {
  readonly #instance: Bzip2Instance;

  /** @param module from `compileBzip2` */
  constructor(module: WebAssembly.Module) {
    this.#instance = instantiateBzip2(module, "decoder");
    this.start();
  }

  /** Resets the decompressor, for another sequence of streams. */
  start(): void {
    this.#instance.exports.startDecoder();
  }

  /** @throws Error when the bytes are damaged; `start` must then be called before further use */
  *decode(encoded: Uint8Array): Generator<Uint8Array<ArrayBuffer>, void, void> {
    const { exports, bytes } = this.#instance;
    const step = exports.inputStep();
    for (let at = 0; at < encoded.length; at += step) {
      const input = encoded.subarray(at, at + step);
      bytes.set(input, exports.decoderInput());
      exports.decoderTake(input.length);
      yield* this.#drain();
    }
  }

  /** @throws Error when the bytes are damaged or end inside a stream */
  *end(): Generator<Uint8Array<ArrayBuffer>, void, void> {
    this.#instance.exports.decoderTakeEnd();
    yield* this.#drain();
  }

  *#drain(): Generator<Uint8Array<ArrayBuffer>, void, void> {
    const { exports, bytes } = this.#instance;
    let status = exports.decode();
    for (; status === HAVE_OUTPUT; status = exports.decode()) {
      const at = exports.decoderOutput();
      const length = exports.decoderOutputLength();
      if (length > 0) yield bytes.slice(at, at + length);
    }
    if (status < 0) throw new Error(`Cannot decode bzip2 data: ${DAMAGES[status]}`);
  }
}
