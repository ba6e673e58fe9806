/** Running hashes with the kernel of `assembly/hashes`: any number of them share one instance. */
import type { Hashes, RunningHash } from "../ports.js";
import { KIB } from "../units.js";

/** The exports of `assembly/hashes/index.ts`. */
interface HashExports extends WebAssembly.Exports {
  state(): number;
  input(): number;
  md5Start(): void;
  md5Update(length: number): void;
  sha256Start(): void;
  sha256Update(length: number): void;
  xxh64Start(): void;
  xxh64Update(length: number): void;
  xxh64Finish(rest: number, total: number): void;
}

const PAGE_COUNT = 2;
/** Bytes hashed in one call; a multiple of every hash's message block. */
const INPUT_SIZE: number = 64 * KIB;
const STATE_SIZE = 32;
/** Covers XXH64's stripes of 32 too. */
const MESSAGE_BLOCK = 64;

/** The exports of one instance, and views of its memory. */
class HashInstance {
  readonly exports: HashExports;
  readonly state: Uint8Array;
  readonly input: Uint8Array;

  constructor(module: WebAssembly.Module) {
    const memory = new WebAssembly.Memory({ initial: PAGE_COUNT, maximum: PAGE_COUNT });
    this.exports = new WebAssembly.Instance(module, { env: { memory } }).exports as HashExports;
    this.state = new Uint8Array(memory.buffer, this.exports.state(), STATE_SIZE);
    this.input = new Uint8Array(memory.buffer, this.exports.input(), INPUT_SIZE);
  }
}

interface Algorithm {
  start(instance: HashInstance): void;
  update(instance: HashInstance, length: number): void;
  /** Returns the hash as hexadecimal text. The last `rest` bytes of `total` are at the instance's input. */
  finish(instance: HashInstance, rest: number, total: number): string;
}

class KernelHash implements RunningHash {
  readonly #instance: HashInstance;
  readonly #algorithm: Algorithm;
  readonly #state = new Uint8Array(STATE_SIZE);
  readonly #rest = new Uint8Array(MESSAGE_BLOCK);
  #restLength = 0;
  #total = 0;

  constructor(instance: HashInstance, algorithm: Algorithm) {
    this.#instance = instance;
    this.#algorithm = algorithm;
    this.init();
  }

  /** Resets the hash. */
  init(): void {
    this.#algorithm.start(this.#instance);
    this.#state.set(this.#instance.state);
    this.#restLength = 0;
    this.#total = 0;
  }

  update(bytes: Uint8Array): void {
    const { input, state } = this.#instance;
    state.set(this.#state);
    for (let at = 0; at < bytes.length; ) {
      input.set(this.#rest.subarray(0, this.#restLength));
      const piece = bytes.subarray(at, at + INPUT_SIZE - this.#restLength);
      input.set(piece, this.#restLength);
      at += piece.length;
      const length = this.#restLength + piece.length;
      this.#restLength = length % MESSAGE_BLOCK;
      this.#algorithm.update(this.#instance, length - this.#restLength);
      this.#rest.set(input.subarray(length - this.#restLength, length));
    }
    this.#state.set(state);
    this.#total += bytes.length;
  }

  copy(): RunningHash {
    const copy = new KernelHash(this.#instance, this.#algorithm);
    copy.#state.set(this.#state);
    copy.#rest.set(this.#rest);
    copy.#restLength = this.#restLength;
    copy.#total = this.#total;
    return copy;
  }

  hex(): string {
    this.#instance.state.set(this.#state);
    this.#instance.input.set(this.#rest.subarray(0, this.#restLength));
    return this.#algorithm.finish(this.#instance, this.#restLength, this.#total);
  }

  digest(): string {
    return this.hex();
  }
}

/** Pads a message for MD5 and SHA-2: a one bit, zeros, the length in bits. Returns the padded length in bytes. */
function pad({ input }: HashInstance, rest: number, total: number, isLittleEndian: boolean): number {
  const length = rest < MESSAGE_BLOCK - 8 ? MESSAGE_BLOCK : 2 * MESSAGE_BLOCK;
  input.fill(0, rest, length);
  input[rest] = 0x80;
  const view = new DataView(input.buffer, input.byteOffset + length - 8, 8);
  view.setBigUint64(0, 8n * BigInt(total), isLittleEndian);
  return length;
}

/** Prints `count` words of the state in hexadecimal, each in the byte order of the algorithm. */
function wordsOf({ state }: HashInstance, count: number, isLittleEndian: boolean): string {
  const view = new DataView(state.buffer, state.byteOffset, 4 * count);
  const words = Array.from({ length: count }, (_, index) => view.getUint32(4 * index, isLittleEndian));
  return words.map((word) => word.toString(16).padStart(8, "0")).join("");
}

const MD5: Algorithm = {
  start: ({ exports }) => exports.md5Start(),
  update: ({ exports }, length) => exports.md5Update(length),
  finish: (instance, rest, total) => {
    instance.exports.md5Update(pad(instance, rest, total, true));
    return wordsOf(instance, 4, false);
  },
};

const SHA256: Algorithm = {
  start: ({ exports }) => exports.sha256Start(),
  update: ({ exports }, length) => exports.sha256Update(length),
  finish: (instance, rest, total) => {
    instance.exports.sha256Update(pad(instance, rest, total, false));
    return wordsOf(instance, 8, true);
  },
};

const XXH64: Algorithm = {
  start: ({ exports }) => exports.xxh64Start(),
  update: ({ exports }, length) => exports.xxh64Update(length),
  finish: (instance, rest, total) => {
    const { exports, input, state } = instance;
    // The state takes stripes of 32 bytes, and the rest may contain a whole one.
    const stripes = rest - (rest % 32);
    exports.xxh64Update(stripes);
    input.copyWithin(0, stripes, rest);
    exports.xxh64Finish(rest - stripes, total);
    const value = new DataView(state.buffer, state.byteOffset, 8).getBigUint64(0, true);
    return value.toString(16).padStart(16, "0");
  },
};

export interface KernelHashes extends Hashes {
  /** @returns a running XXH64 with seed 0; `init` resets it, `digest` is `hex` */
  xxh64(): RunningHash & { init(): void; digest(): string };
}

/** Makes hashes on a new instance of `module`, which is `ashlar/kernels/hashes.wasm`. */
export function kernelHashes(module: WebAssembly.Module): KernelHashes {
  const instance = new HashInstance(module);
  return {
    md5: () => new KernelHash(instance, MD5),
    sha256: () => new KernelHash(instance, SHA256),
    xxh64: () => new KernelHash(instance, XXH64),
  };
}
