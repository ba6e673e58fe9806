/** The digest of a block of zeros, as many times as there are blocks: it is computed once. */
import { fromHex } from "../../bytes.js";
import type { Hashes } from "../../ports.js";
import { DIGEST_SIZE } from "../../units.js";

export class ZeroDigests {
  readonly #digests: Uint8Array;

  /** @param countMax the most blocks that are asked for */
  constructor(hashes: Pick<Hashes, "sha256">, blockSize: number, countMax: number) {
    const sha256 = hashes.sha256();
    sha256.update(new Uint8Array(blockSize));
    const digest = fromHex(sha256.hex());
    this.#digests = new Uint8Array(countMax * DIGEST_SIZE);
    for (let at = 0; at < this.#digests.length; at += DIGEST_SIZE) this.#digests.set(digest, at);
  }

  /** The digests of `count` blocks of zeros: a view that nobody may change. */
  of(count: number): Uint8Array {
    return this.#digests.subarray(0, count * DIGEST_SIZE);
  }
}
