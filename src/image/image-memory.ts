/**
 * What the images of a repository have in common: a bound on memory, and within it the windows that were decoded, the
 * objects that are open, and pages of digest tables.
 *
 *     a window that is asked for:
 *       it is in the cache: that is all
 *       else, one read of an object at a time:
 *         take the cursor of the object that is nearest before it, or open one
 *         decode window by window up to it; digest each block; keep the windows as they pass, as far as they fit
 *         leave the cursor where it stands
 *
 * **What a read costs.** A byte of an object of codec `none` costs one window. Of an object that a codec made it costs
 * decoding from the nearest open cursor, at worst from the object's start: half the object on average, 25 MiB with the
 * object stores' usual 50, 0.9 GiB with the 1.86 of directories. Afterwards the object's windows are there, if the object
 * is not larger than half of the cache. Reading on from where somebody has read costs nothing twice.
 */

import { isAshlarError } from "../errors.js";
import type { Compute } from "../pipeline/run/compute.js";
import type { Runtime } from "../pipeline/run/runtime.js";
import { countOf, DIGEST_SIZE } from "../units.js";
import { DigestPages } from "./digest-pages.js";
import {
  type ImageMemoryOptions,
  type ImageMemoryPlan,
  imageArenaSize,
  planImageMemory,
  WINDOW_BLOCKS_MAX,
} from "./image-memory-plan.js";
import type { ImageObject } from "./image-object.js";
import type { ObjectCursor } from "./object-cursor.js";
import { OpenObjects } from "./open-objects.js";
import { type CachedWindow, WindowCache } from "./window-cache.js";

/** What the memory of images is made with. */
export interface CreateImageMemoryOptions extends ImageMemoryOptions {
  readonly runtime: Runtime;
}

/** Which window of an object. */
export interface WindowPlace {
  readonly object: ImageObject;
  /** 0-based ordinal. */
  readonly index: number;
  readonly blockSize: number;
  /** Ends the wait; what has been decoded until then is kept. */
  readonly signal?: AbortSignal | undefined;
}

/** The memory that images are read in: a fixed pool, shared by all images that are given it. */
export class ImageMemory {
  readonly plan: ImageMemoryPlan;
  readonly runtime: Runtime;
  readonly pages: DigestPages;
  readonly #compute: Compute;
  readonly #cache: WindowCache;
  readonly #objects: OpenObjects;
  /** For each object that is being read, when that ends. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #decodedSize = 0;

  /** @throws UsageError as `planImageMemory` */
  static async create({ runtime, ...options }: CreateImageMemoryOptions): Promise<ImageMemory> {
    const plan = planImageMemory(options);
    const compute = await runtime.compute({
      arenaSize: imageArenaSize(plan),
      // A server has no end to its work.
      workSize: Number.POSITIVE_INFINITY,
    });
    return new ImageMemory(plan, runtime, compute);
  }

  private constructor(plan: ImageMemoryPlan, runtime: Runtime, compute: Compute) {
    this.plan = plan;
    this.runtime = runtime;
    this.pages = new DigestPages(runtime.hashes);
    this.#compute = compute;
    const { windowCount: count, windowSize: size, openObjectsMax: countMax, decoders: decodersSize } = plan;
    this.#cache = new WindowCache(compute.arena, { count, size });
    this.#objects = new OpenObjects(compute.arena, { codecs: runtime.codecs, countMax, decodersSize });
  }

  /** What has been done so far: what the cache and the cursors are worth shows in it. */
  get work(): { readonly decodedSize: number; readonly openedCount: number; readonly decodersPeak: number } {
    const { openedCount, decodersPeak } = this.#objects;
    return { decodedSize: this.#decodedSize, openedCount, decodersPeak };
  }

  /** Plain bytes of a window of an object with blocks of this size; its last may be shorter. */
  windowLengthOf(blockSize: number): number {
    return Math.min(Math.floor(this.plan.windowSize / blockSize), WINDOW_BLOCKS_MAX) * blockSize;
  }

  /** The window, in use until `giveBack`. @throws IntegrityError, StorageError, or the signal's reason */
  async window(place: WindowPlace): Promise<CachedWindow> {
    const { object } = place;
    const found = this.#cache.use(keyOf(place));
    if (found !== undefined) return found;
    const before = this.#turns.get(object.key);
    const turn = (before ?? Promise.resolve()).catch(() => {}).then(() => this.#load(place));
    this.#turns.set(object.key, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(object.key) === turn) this.#turns.delete(object.key);
    }
  }

  giveBack(window: CachedWindow): void {
    this.#cache.giveBack(window);
  }

  /** The window is not what it should be; the next read of it goes to the store again. */
  forget(window: CachedWindow): void {
    this.#cache.forget(window);
  }

  /** SHA-256 of so many zeros, at most a window. */
  async zeroDigest(length: number): Promise<Uint8Array> {
    const window = await this.#cache.take();
    try {
      const [zeros, digest] = [window.bytes.subarray(0, length), window.digests.subarray(0, DIGEST_SIZE)];
      zeros.fill(0);
      await this.#compute.digest(zeros, length, digest);
      return digest.slice();
    } finally {
      this.#cache.giveBack(window);
    }
  }

  /** Closes what is open in the store. To be called when nothing is being read any more. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#turns.values());
    await this.#objects.closeAll();
    this.#compute.close();
  }

  async #load(place: WindowPlace): Promise<CachedWindow> {
    // The previous read may have loaded it.
    const found = this.#cache.use(keyOf(place));
    if (found !== undefined) return found;
    const { object, index, blockSize, signal } = place;
    signal?.throwIfAborted();
    const position = index * this.windowLengthOf(blockSize);
    const { cursor, wasParked } = await this.#objects.take(object, position);
    try {
      return await this.#advance(cursor, place);
    } catch (error) {
      // A server ends what nobody reads from for long, and where nothing tries again that is no failure yet.
      if (!wasParked || !isAshlarError(error, "storage")) throw error;
      const fresh = await this.#objects.take(object, position);
      return await this.#advance(fresh.cursor, place);
    }
  }

  async #advance(cursor: ObjectCursor, place: WindowPlace): Promise<CachedWindow> {
    const { index, blockSize, signal, object } = place;
    const windowLength = this.windowLengthOf(blockSize);
    const kept = this.#keptBefore(object.entry.length);
    for (;;) {
      if (signal?.aborted) {
        await this.#objects.park(cursor);
        throw signal.reason;
      }
      const passing = { ...place, index: cursor.position / windowLength };
      const window = await this.#fill(cursor, passing, index - passing.index <= kept);
      if (passing.index === index) {
        await this.#objects.park(cursor);
        return window;
      }
      this.#cache.giveBack(window);
    }
  }

  /** How many of the windows that are passed on the way to the wanted one stay in the cache. */
  #keptBefore(length: number): number {
    const { windowCount, windows } = this.plan;
    return length <= windows / 2 ? Number.POSITIVE_INFINITY : Math.floor(windowCount / 4);
  }

  /** The next window of the cursor, in use. Closes the cursor where it fails. */
  async #fill(cursor: ObjectCursor, place: WindowPlace, isKept: boolean): Promise<CachedWindow> {
    const { blockSize, object } = place;
    const window = await this.#cache.take();
    try {
      const left = object.entry.length - cursor.position;
      const bytes = window.bytes.subarray(0, Math.min(this.windowLengthOf(blockSize), left));
      await cursor.readInto(bytes);
      this.#decodedSize += bytes.length;
      const key = keyOf(place);
      if (!isKept || this.#cache.has(key)) return window;
      const digests = window.digests.subarray(0, countOf(bytes.length, blockSize) * DIGEST_SIZE);
      await this.#compute.digest(bytes, blockSize, digests);
      this.#cache.publish(window, key);
      return window;
    } catch (error) {
      this.#cache.giveBack(window);
      await this.#objects.close(cursor);
      throw error;
    }
  }
}

function keyOf({ object, index }: WindowPlace): string {
  return `${index} ${object.key}`;
}
