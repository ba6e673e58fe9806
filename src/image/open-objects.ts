/**
 * The open objects, limited by a count and by a budget for their decoders.
 *
 * After a read, the cursor is parked at its position, for the next read after it: a sequential reader of a volume
 * decodes each object once, however small its reads are. If room is needed, the least recently used parked cursor is
 * closed.
 *
 *     for a read at `position` of an object, find the nearest of its parked cursors at or before it;
 *     use it if it saves at least half of the decoding from the start, or if there is no room for another;
 *     else leave it for its reader, and open one at the start
 */
import type { Codecs } from "../codecs/codec.js";
import { UsageError } from "../errors.js";
import { type Hold, MemoryBudget } from "../pipeline/memory/budget.js";
import type { Arena } from "../pipeline/memory/pool.js";
import { codecOf } from "../pipeline/stages/decompress.js";
import { INPUT_SIZE } from "./image-memory-plan.js";
import type { ImageObject } from "./image-object.js";
import { ObjectCursor } from "./object-cursor.js";

interface OpenObject {
  readonly cursor: ObjectCursor;
  readonly input: Uint8Array;
  readonly holds: readonly Hold[];
  /** Closes the object when it has been parked for `PARKED_MS_MAX`. */
  timer?: ReturnType<typeof setTimeout>;
}

/**
 * Longest time that a cursor stays parked. It may hold one of its sink's few connections to a server, for which other
 * requests wait, and which the server closes after about a minute anyway.
 */
const PARKED_MS_MAX = 10_000;

export interface OpenObjectsOptions {
  readonly codecs: Codecs;
  readonly countMax: number;
  readonly decodersSize: number;
}

export class OpenObjects {
  readonly #codecs: Codecs;
  readonly #slots: MemoryBudget;
  readonly #decoders: MemoryBudget;
  readonly #inputs: Uint8Array[];
  /** From the least to the most recently used. */
  #parked: OpenObject[] = [];
  readonly #open = new Map<ObjectCursor, OpenObject>();
  #openedCount = 0;

  constructor(arena: Arena, { codecs, countMax, decodersSize }: OpenObjectsOptions) {
    this.#codecs = codecs;
    this.#slots = new MemoryBudget(countMax);
    this.#decoders = new MemoryBudget(decodersSize);
    this.#inputs = Array.from({ length: countMax }, () => arena.allocate(INPUT_SIZE));
  }

  /** How many times an object was opened. */
  get openedCount(): number {
    return this.#openedCount;
  }

  /** Peak of the decoders' memory in bytes. */
  get decodersPeak(): number {
    return this.#decoders.peak;
  }

  /**
   * Returns a cursor at or before `position` of the object, which the caller must park or close, and whether it had
   * been parked: then its connection may have ended meanwhile.
   */
  async take(object: ImageObject, position: number): Promise<{ cursor: ObjectCursor; wasParked: boolean }> {
    const codec = codecOf(object.entry.compression, this.#codecs, object.location);
    const parked = this.#closestBefore(object, position);
    if (parked !== undefined && this.#isWorth(parked.cursor, { position, isSeekable: codec === undefined })) {
      this.#unpark(parked);
      return { cursor: parked.cursor, wasParked: true };
    }
    const holds: Hold[] = [await this.#acquire(this.#slots, 1)];
    const input = this.#inputs.pop()!;
    try {
      const reserve = async (need: number): Promise<void> => {
        holds.push(await this.#acquire(this.#decoders, this.#checkNeed(need, object)));
      };
      const cursor = await ObjectCursor.open(object, { codec, position, input, reserve });
      this.#openedCount++;
      this.#open.set(cursor, { cursor, input, holds });
      return { cursor, wasParked: false };
    } catch (error) {
      this.#release({ input, holds });
      throw error;
    }
  }

  /** Keeps the cursor open at its position, or closes it if it is at its end or others wait for its resources. */
  async park(cursor: ObjectCursor): Promise<void> {
    const isWanted = this.#slots.waitingCount > 0 || this.#decoders.waitingCount > 0;
    if (cursor.isAtEnd || isWanted) await this.close(cursor);
    else this.#parkOpen(this.#open.get(cursor)!);
  }

  async close(cursor: ObjectCursor): Promise<void> {
    const open = this.#open.get(cursor)!;
    this.#open.delete(cursor);
    await cursor.close();
    this.#release(open);
  }

  /** Closes the parked cursors. A reader that holds a cursor parks or closes it itself. */
  async closeAll(): Promise<void> {
    while (this.#parked.length > 0) await this.#closeOldest();
  }

  #parkOpen(open: OpenObject): void {
    this.#parked.push(open);
    open.timer = setTimeout(() => {
      this.#unpark(open);
      // `close` never rejects.
      void this.close(open.cursor);
    }, PARKED_MS_MAX);
  }

  #unpark(open: OpenObject): void {
    clearTimeout(open.timer);
    this.#parked.splice(this.#parked.indexOf(open), 1);
  }

  async #closeOldest(): Promise<void> {
    const oldest = this.#parked[0]!;
    this.#unpark(oldest);
    await this.close(oldest.cursor);
  }

  #closestBefore({ key }: ImageObject, position: number): OpenObject | undefined {
    let closest: OpenObject | undefined;
    for (const parked of this.#parked) {
      const { cursor } = parked;
      if (cursor.object.key !== key || cursor.position > position) continue;
      if (closest === undefined || cursor.position >= closest.cursor.position) closest = parked;
    }
    return closest;
  }

  #isWorth(
    cursor: ObjectCursor,
    { position, isSeekable }: { readonly position: number; readonly isSeekable: boolean },
  ): boolean {
    if (isSeekable) return cursor.position === position;
    const hasRoom = this.#slots.inUse < this.#slots.limit;
    return !hasRoom || cursor.position >= position / 2;
  }

  #checkNeed(need: number, { entry }: ImageObject): number {
    if (need <= this.#decoders.limit) return need;
    const wanted = `its ${entry.compression} decoder may take ${need} bytes, decodersSize is ${this.#decoders.limit}`;
    throw new UsageError(`Cannot read object "${entry.name}" in the memory given: ${wanted}`);
  }

  async #acquire(budget: MemoryBudget, size: number): Promise<Hold> {
    const acquired = budget.acquire(size);
    while (budget.waitingCount > 0 && this.#parked.length > 0) await this.#closeOldest();
    return await acquired;
  }

  #release({ input, holds }: Pick<OpenObject, "input" | "holds">): void {
    this.#inputs.push(input);
    for (const hold of holds) hold.release();
  }
}
