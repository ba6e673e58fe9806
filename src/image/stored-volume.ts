/**
 * The storage location of an image's bytes. A consolidation may move a backup of the chain to other objects while the
 * image is read: after a failed read the chain is opened again, and if it has moved, the read is repeated. A backup's
 * bytes never change, and each block is verified against the digest table of the location where it is read.
 */
import type { Chain } from "../chain/chain.js";
import type { ChainLink } from "../chain/link.js";
import { isAshlarError } from "../errors.js";
import type { Hashes } from "../ports.js";
import { type DigestTableLocation, locateDigestTable } from "./digest-pages.js";
import type { ImageMemory } from "./image-memory.js";
import { type Segment, segmentsOf } from "./segments.js";

export interface OpenImageOptions {
  /** Opens the chain again, at its current location. Without it, reads fail after a consolidation in the chain. */
  readonly reopen?: (() => Promise<Chain>) | undefined;
}

/** Digests of zero blocks; the volume's last block may be shorter. */
export interface ZeroDigests {
  readonly block: Uint8Array;
  readonly lastBlock: Uint8Array;
}

/** Everything needed to read an image at one location. */
export interface KnownVolume {
  readonly link: ChainLink;
  /** The containers and prefixes of the chain. */
  readonly locations: string;
  readonly size: number;
  readonly blockSize: number;
  readonly segments: readonly Segment[];
  readonly digests: DigestTableLocation;
  readonly zeros: ZeroDigests;
}

export async function knowVolume(chain: Chain, hashes: Hashes, zeros: ZeroDigests): Promise<KnownVolume> {
  const { volumeSize: size, shape } = chain.plan;
  return {
    link: chain.links.at(-1)!,
    locations: locationsOf(chain),
    size,
    blockSize: shape.blockSize,
    segments: segmentsOf(chain),
    digests: await locateDigestTable(chain, hashes),
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

function locationsOf({ links }: Chain): string {
  return JSON.stringify(links.map(({ backup: { container, prefix } }) => [container, prefix]));
}

/** Several backups of a chain may be consolidated in sequence, each while a read is repeated. */
const REPEATS_MAX = 8;
/** A repository that caches locations detects with the first attempt that they are outdated. */
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

  /** Returns the result of `work`, which is repeated as long as it fails and the chain has moved meanwhile. */
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

  /** Opens the chain again; returns whether the same volume was found at another location. */
  async #follow(): Promise<boolean> {
    const chain = await this.#openAgain();
    const { link, locations, size, blockSize } = this.#known;
    if (chain === undefined || locationsOf(chain) === locations) return false;
    const { manifest } = chain.links.at(-1)!;
    const isSame =
      manifest.backupId === link.manifest.backupId &&
      manifest.createdAt === link.manifest.createdAt &&
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

/** Whether the error is consistent with objects that are missing or partly gone. */
function mayHaveMoved(error: unknown): boolean {
  return isAshlarError(error) && ["not-found", "integrity", "storage"].includes(error.code);
}
