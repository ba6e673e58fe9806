/** What is known of each block of a volume, for the map and its legend. */
import type { Damage, VerifiedBlocks } from "../../src/index.js";

/** In the order in which a map of few cells lets one of them stand for the others: later ones matter more. */
export const STATES = ["pending", "zero", "verified", "changed", "bad"] as const;
export type BlockState = (typeof STATES)[number];

const DIGEST_SIZE = 32;

export interface BlockStatesOptions {
  readonly volumeSize: number;
  readonly blockSize: number;
  /** The newest link, an index into the chain; what comes from it was changed by the backup, unless it is the only one. */
  readonly newestLink: number;
}

export class BlockStates {
  readonly count: number;
  readonly blockSize: number;
  readonly #volumeSize: number;
  readonly #newestLink: number;
  /** An index into `STATES` for each block. */
  readonly #states: Uint8Array;
  readonly #counts: number[] = STATES.map(() => 0);
  readonly #zeroDigest: Uint8Array;
  readonly #lastZeroDigest: Uint8Array;
  #doneSize = 0;

  static async create(options: BlockStatesOptions): Promise<BlockStates> {
    const { volumeSize, blockSize } = options;
    const lastLength = volumeSize - Math.floor((volumeSize - 1) / blockSize) * blockSize;
    return new BlockStates(options, await digestOfZeros(blockSize), await digestOfZeros(lastLength));
  }

  private constructor(options: BlockStatesOptions, zeroDigest: Uint8Array, lastZeroDigest: Uint8Array) {
    this.blockSize = options.blockSize;
    this.#volumeSize = options.volumeSize;
    this.#newestLink = options.newestLink;
    this.count = Math.ceil(options.volumeSize / options.blockSize);
    this.#states = new Uint8Array(this.count);
    this.#counts[0] = this.count;
    this.#zeroDigest = zeroDigest;
    this.#lastZeroDigest = lastZeroDigest;
  }

  /** Bytes of the volume of which the state is known. */
  get doneSize(): number {
    return this.#doneSize;
  }

  countOf(state: BlockState): number {
    return this.#counts[STATES.indexOf(state)]!;
  }

  stateOf(block: number): BlockState {
    return STATES[this.#states[block]!]!;
  }

  /** @returns the blocks, from the first up to the second and without it */
  verified({ offset, length, linkIndex, digests }: VerifiedBlocks): [number, number] {
    const first = offset / this.blockSize;
    const end = first + digests.length / DIGEST_SIZE;
    const other: BlockState = linkIndex > 0 && linkIndex === this.#newestLink ? "changed" : "verified";
    for (let block = first; block < end; block++) {
      const digest = digests.subarray((block - first) * DIGEST_SIZE, (block - first + 1) * DIGEST_SIZE);
      this.#set(block, this.#isZero(block, digest) ? "zero" : other);
    }
    this.#doneSize += length;
    return [first, end];
  }

  /** @returns as `verified` */
  damaged({ range }: Damage): [number, number] {
    if (range === undefined) return [0, 0];
    const first = range.offset / this.blockSize;
    const end = Math.ceil((range.offset + range.length) / this.blockSize);
    for (let block = first; block < end; block++) this.#set(block, "bad");
    this.#doneSize += range.length;
    return [first, end];
  }

  #isZero(block: number, digest: Uint8Array): boolean {
    const isShort = (block + 1) * this.blockSize > this.#volumeSize;
    const zero = isShort ? this.#lastZeroDigest : this.#zeroDigest;
    return digest.every((byte, i) => byte === zero[i]);
  }

  #set(block: number, state: BlockState): void {
    const index = STATES.indexOf(state);
    this.#counts[this.#states[block]!]!--;
    this.#counts[index]!++;
    this.#states[block] = index;
  }
}

async function digestOfZeros(length: number): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(length)));
}
