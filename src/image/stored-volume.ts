/**
 * Where the bytes of an image are stored. A consolidation moves a backup of the chain to other objects while the image is
 * read: a read that fails looks for the chain again, and is repeated where the chain has moved. A backup's bytes never
 * change, and each block is verified against the digest table of the place where it is read.
 */
import type { Chain } from "../chain/chain.js";
import type { Layer } from "../chain/layer.js";
import { isAshlarError } from "../errors.js";
import type { Hashes } from "../ports.js";
import { type DigestPlace, digestPlaceOf } from "./digest-pages.js";
import type { ImageMemory } from "./image-memory.js";
import { type Segment, segmentsOf } from "./segments.js";

export interface OpenImageOptions {
  /**
   * Opens the chain again, wherever it is by now. Without it a read fails once a backup of the chain was consolidated.
   */
  readonly reopen?: (() => Promise<Chain>) | undefined;
}

/** Digests of blocks of zeros; the volume's last may be shorter. */
export interface ZeroDigests {
  readonly block: Uint8Array;
  readonly lastBlock: Uint8Array;
}

/** What an image is read by. */
export interface KnownVolume {
  readonly layer: Layer;
  /** The containers and prefixes of the chain. */
  readonly places: string;
  readonly size: number;
  readonly blockSize: number;
  readonly segments: readonly Segment[];
  readonly digests: DigestPlace;
  readonly zeros: ZeroDigests;
}

export async function knowVolume(chain: Chain, hashes: Hashes, zeros: ZeroDigests): Promise<KnownVolume> {
  const { volumeSize: size, shape } = chain.plan;
  return {
    layer: chain.layers.at(-1)!,
    places: placesOf(chain),
    size,
    blockSize: shape.blockSize,
    segments: segmentsOf(chain),
    digests: await digestPlaceOf(chain, hashes),
    zeros,
  };
}

export async function zeroDigestsOf({ plan }: Chain, memory: ImageMemory): Promise<ZeroDigests> {
  const { blockSize, blockCount } = plan.shape;
  return {
    block: await memory.zeroDigest(blockSize),
    lastBlock: await memory.zeroDigest(plan.volumeSize - (blockCount - 1) * blockSize),
  };
}

function placesOf({ layers }: Chain): string {
  return JSON.stringify(layers.map(({ backup: { container, prefix } }) => [container, prefix]));
}

/** Several backups of a chain may be consolidated one after the other, each while a read is repeated. */
const REPEATS_MAX = 8;
/** A repository that remembers places finds out by the first attempt that they are not right any more. */
const REOPENS = 2;

export class StoredVolume {
  readonly #hashes: Hashes;
  readonly #reopen: OpenImageOptions["reopen"];
  #known: KnownVolume;
  #following: Promise<boolean> | undefined;

  constructor(known: KnownVolume, hashes: Hashes, { reopen }: OpenImageOptions) {
    this.#known = known;
    this.#hashes = hashes;
    this.#reopen = reopen;
  }

  get known(): KnownVolume {
    return this.#known;
  }

  /** What `work` gives, which is repeated as long as it fails and the chain has moved meanwhile. */
  async read<T>(work: (known: KnownVolume) => Promise<T>): Promise<T> {
    for (let repeats = 0; ; repeats++) {
      const known = this.#known;
      try {
        return await work(known);
      } catch (error) {
        if (!mayHaveMoved(error) || repeats === REPEATS_MAX || !(await this.#hasMoved(known))) throw error;
      }
    }
  }

  async #hasMoved(before: KnownVolume): Promise<boolean> {
    if (this.#known !== before) return true;
    this.#following ??= this.#follow().finally(() => {
      this.#following = undefined;
    });
    return await this.#following;
  }

  /** Whether the same volume is found in another place. */
  async #follow(): Promise<boolean> {
    const chain = await this.#openAgain();
    const { layer, places, size, blockSize } = this.#known;
    if (chain === undefined || placesOf(chain) === places) return false;
    const { manifest } = chain.layers.at(-1)!;
    const isSame =
      manifest.backupId === layer.manifest.backupId &&
      manifest.createdAt === layer.manifest.createdAt &&
      chain.plan.volumeSize === size &&
      chain.plan.shape.blockSize === blockSize;
    if (!isSame) return false;
    const known = await knowVolume(chain, this.#hashes, this.#known.zeros).catch(() => undefined);
    if (known === undefined) return false;
    this.#known = known;
    return true;
  }

  async #openAgain(): Promise<Chain | undefined> {
    for (let attempt = 0; attempt < REOPENS; attempt++) {
      const chain = await this.#reopen?.().catch(() => undefined);
      if (chain !== undefined) return chain;
    }
    return undefined;
  }
}

/** Objects that are not there, or of which a part is gone. */
function mayHaveMoved(error: unknown): boolean {
  return isAshlarError(error) && ["not-found", "integrity", "storage"].includes(error.code);
}
