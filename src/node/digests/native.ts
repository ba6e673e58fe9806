/** Block digests with `node:crypto`: fastest if the processor has SHA instructions (four times the kernels' speed). */
import crypto from "node:crypto";
import { countBlocks } from "../../kernels/blocks.js";
import type { DigestEngine } from "../../kernels/engine.js";
import type { Kernels } from "../../kernels/kernels.js";
import { DIGEST_SIZE } from "../../units.js";

/** `crypto.hash` makes no Hash object: 3 % faster than `createHash`. Runtimes that only resemble Node lack it. */
const sha256: (block: Uint8Array) => Buffer =
  typeof crypto.hash === "function"
    ? (block) => crypto.hash("sha256", block, "buffer")
    : (block) => crypto.createHash("sha256").update(block).digest();

/** A zero block's digest only depends on its length, so it is cached for the last length. */
class NativeDigest implements DigestEngine {
  readonly name = "native";
  readonly #kernels: Kernels | undefined;
  #zeros: Buffer = Buffer.alloc(0);
  #zeroDigestLength = -1;
  #zeroDigest: Uint8Array = this.#zeros;

  constructor(kernels: Kernels | undefined) {
    this.#kernels = kernels;
  }

  digestInto(window: Uint8Array, blockSize: number, digests: Uint8Array): number {
    const count = countBlocks(window, blockSize, digests);
    let zeroCount = 0;
    for (let index = 0; index < count; index++) {
      const block = window.subarray(index * blockSize, (index + 1) * blockSize);
      const zero = this.#isZero(block);
      digests.set(zero ? this.#digestOfZero(block) : sha256(block), index * DIGEST_SIZE);
      if (zero) zeroCount++;
    }
    return zeroCount;
  }

  #isZero(block: Uint8Array): boolean {
    if (this.#kernels !== undefined) return this.#kernels.isZero(block);
    if (this.#zeros.length < block.length) this.#zeros = Buffer.alloc(block.length);
    return this.#zeros.compare(block, 0, block.length, 0, block.length) === 0;
  }

  #digestOfZero(block: Uint8Array): Uint8Array {
    if (this.#zeroDigestLength !== block.length) {
      this.#zeroDigest = sha256(block);
      this.#zeroDigestLength = block.length;
    }
    return this.#zeroDigest;
  }
}

/**
 * The digest engine over `node:crypto`.
 * @param kernels scan for zero blocks, fastest if windows lie in their memory. @default {comparison by Node}
 */
export function nativeDigest(kernels?: Kernels): DigestEngine {
  return new NativeDigest(kernels);
}
