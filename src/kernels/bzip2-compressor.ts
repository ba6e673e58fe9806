import { type Bzip2Instance, instantiateBzip2 } from "./bzip2-module.js";

/** Compresses with one instance, one stream after the other. */
export class Bzip2Compressor {
  readonly #instance: Bzip2Instance;

  /** @param module from `compileBzip2`, which may have been called on another thread */
  constructor(module: WebAssembly.Module) {
    this.#instance = instantiateBzip2(module, "encoder");
  }

  /**
   * `plain` as one whole bzip2 stream, of as many blocks as it takes; streams may be concatenated.
   * @param level 1 to 9: blocks of up to that many times 100 000 bytes
   */
  compress(plain: Uint8Array, level: number): Uint8Array<ArrayBuffer> {
    const { exports, bytes } = this.#instance;
    const pieces = [this.#fetch(exports.startEncoder(level))];
    const step = exports.inputStep();
    for (let at = 0; at < plain.length; ) {
      const input = plain.subarray(at, at + step);
      bytes.set(input, exports.encoderInput());
      const taken = exports.encoderTake(input.length);
      at += taken;
      if (taken < input.length) pieces.push(this.#fetch(exports.encodeBlock()));
    }
    pieces.push(this.#fetch(exports.encodeBlock()), this.#fetch(exports.finishEncoder()));
    return join(pieces);
  }

  #fetch(length: number): Uint8Array {
    const { exports, bytes } = this.#instance;
    const at = exports.encoderOutput();
    return bytes.slice(at, at + length);
  }
}

function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
