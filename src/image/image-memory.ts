/**
 * Memory shared by the images of a repository: within a bound it holds decoded windows, open objects, and pages of
 * digest tables.
 *
 *     for a requested window:
 *       if it is in the cache, return it
 *       else, one read of an object at a time:
 *         take the nearest cursor of the object before the window, or open one
 *         decode window by window up to it; digest each block; cache the passed windows, as far as they fit
 *         park the cursor where it stands
 *
 * **Cost of a read.** A byte of an object of codec `none` costs one window. A byte of an encoded object costs decoding
 * from the nearest open cursor, at worst from the object's start: half the object on average, 25 MiB with the object
 * stores' usual 50, 0.9 GiB with the 1.86 of directories. Afterwards the object's windows are cached, if the object is
 * not larger than half of the cache. Sequential reads decode nothing twice.
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

/** Options of `ImageMemory.create`. */
export interface CreateImageMemoryOptions extends ImageMemoryOptions {
  readonly runtime: Runtime;
}

/** The location of a window in an object. */
export interface WindowRequest {
  readonly object: ImageObject;
  /** 0-based ordinal. */
  readonly index: number;
  readonly blockSize: number;
  /** Ends the wait; windows decoded before are kept. */
  readonly signal?: AbortSignal | undefined;
}

/** The memory for reading images: a fixed pool, shared by all images that use it. */
export class ImageMemory {
  readonly plan: ImageMemoryPlan;
  readonly runtime: Runtime;
  readonly pages: DigestPages;
  readonly #compute: Compute;
  readonly #cache: WindowCache;
  readonly #objects: OpenObjects;
  /** By object: settles when its last read so far has ended. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #decodedSize = 0;

  /** @throws UsageError see `planImageMemory` */
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

  /** Counters of the work so far, which show the effect of the cache and the cursors. */
  get work(): { readonly decodedSize: number; readonly openedCount: number; readonly decodersPeak: number } {
    const { openedCount, decodersPeak } = this.#objects;
    return { decodedSize: this.#decodedSize, openedCount, decodersPeak };
  }

  /** Plain bytes of a window of an object with blocks of this size; the last window may be shorter. */
  windowLengthOf(blockSize: number): number {
    return Math.min(Math.floor(this.plan.windowSize / blockSize), WINDOW_BLOCKS_MAX) * blockSize;
  }

  /** Returns the window, in use until `release`. @throws IntegrityError, StorageError, or the signal's reason */
  async window(wanted: WindowRequest): Promise<CachedWindow> {
    const { object } = wanted;
    const found = this.#cache.use(keyOf(wanted));
    if (found !== undefined) return found;
    const before = this.#turns.get(object.key);
    const turn = (before ?? Promise.resolve()).catch(() => {}).then(() => this.#load(wanted));
    this.#turns.set(object.key, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(object.key) === turn) this.#turns.delete(object.key);
    }
  }

  release(window: CachedWindow): void {
    this.#cache.release(window);
  }

  /** Drops a window with a bad block from the cache, so that the next read of it goes to the store. */
  forget(window: CachedWindow): void {
    this.#cache.forget(window);
  }

  /** SHA-256 of `length` zeros, at most a window. */
  async zeroDigest(length: number): Promise<Uint8Array> {
    const window = await this.#cache.take();
    try {
      const [zeros, digest] = [window.bytes.subarray(0, length), window.digests.subarray(0, DIGEST_SIZE)];
      zeros.fill(0);
      await this.#compute.digest(zeros, length, digest);
      return digest.slice();
    } finally {
      this.#cache.release(window);
    }
  }

  /** Closes all open objects. Call it when no reads are in progress. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#turns.values());
    await this.#objects.closeAll();
    this.#compute.close();
  }

  async #load(wanted: WindowRequest): Promise<CachedWindow> {
    // The previous read may have loaded it.
    const found = this.#cache.use(keyOf(wanted));
    if (found !== undefined) return found;
    const { object, index, blockSize, signal } = wanted;
    signal?.throwIfAborted();
    const position = index * this.windowLengthOf(blockSize);
    const { cursor, wasParked } = await this.#objects.take(object, position);
    try {
      return await this.#advance(cursor, wanted);
    } catch (error) {
      // A server closes connections that are idle for long; unless a layer has retried, a fresh cursor may succeed.
      if (!wasParked || !isAshlarError(error, "storage")) throw error;
      const fresh = await this.#objects.take(object, position);
      return await this.#advance(fresh.cursor, wanted);
    }
  }

  async #advance(cursor: ObjectCursor, wanted: WindowRequest): Promise<CachedWindow> {
    const { index, blockSize, signal, object } = wanted;
    const windowLength = this.windowLengthOf(blockSize);
    const kept = this.#keptBefore(object.entry.length);
    for (;;) {
      if (signal?.aborted) {
        await this.#objects.park(cursor);
        throw signal.reason;
      }
      const passing = { ...wanted, index: cursor.position / windowLength };
      const window = await this.#fill(cursor, passing, index - passing.index <= kept);
      if (passing.index === index) {
        await this.#objects.park(cursor);
        return window;
      }
      this.#cache.release(window);
    }
  }

  /** How many of the windows passed on the way to the wanted one stay in the cache. */
  #keptBefore(length: number): number {
    const { windowCount, windows } = this.plan;
    return length <= windows / 2 ? Number.POSITIVE_INFINITY : Math.floor(windowCount / 4);
  }

  /** Decodes the next window of the cursor, and returns it in use. Closes the cursor on failure. */
  async #fill(cursor: ObjectCursor, wanted: WindowRequest, isKept: boolean): Promise<CachedWindow> {
    const { blockSize, object } = wanted;
    const window = await this.#cache.take();
    try {
      const left = object.entry.length - cursor.position;
      const bytes = window.bytes.subarray(0, Math.min(this.windowLengthOf(blockSize), left));
      await cursor.readInto(bytes);
      this.#decodedSize += bytes.length;
      const key = keyOf(wanted);
      if (!isKept || this.#cache.has(key)) return window;
      const digests = window.digests.subarray(0, countOf(bytes.length, blockSize) * DIGEST_SIZE);
      await this.#compute.digest(bytes, blockSize, digests);
      this.#cache.publish(window, key);
      return window;
    } catch (error) {
      this.#cache.release(window);
      await this.#objects.close(cursor);
      throw error;
    }
  }
}

function keyOf({ object, index }: WindowRequest): string {
  return `${index} ${object.key}`;
}
