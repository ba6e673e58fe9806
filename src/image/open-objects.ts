/**
 * The objects that are open at once, within a count and a budget for their decoders.
 *
 * A cursor that has done its work is parked where it stands, for the next read behind it: who reads a volume from its
 * beginning to its end decodes each object once, however small the reads are. Of the parked ones the one that was used
 * longest ago is closed where room is needed.
 *
 *     for a read at `position` of an object, among its cursors that stand before it take the nearest;
 *     use it if it saves at least half of what decoding from the start takes, or if there is no room for another;
 *     else leave it to its reader, and open one at the start
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
  /** Closes it when it has been parked for long. */
  timer?: ReturnType<typeof setTimeout>;
}

/**
 * A parked cursor may hold one of the few connections that its sink has to a server, which somebody else waits for, and
 * which the server ends by itself after a minute or so.
 */
const PARKED_MS_MAX = 10_000;

export interface OpenObjectsOptions {
  readonly codecs: Codecs;
  readonly countMax: number;
  readonly decodersSize: number;
}

export class OpenObjects {
  readonly #codecs: Codecs;
  readonly #places: MemoryBudget;
  readonly #decoders: MemoryBudget;
  readonly #inputs: Uint8Array[];
  /** From the one that was used longest ago to the last. */
  #parked: OpenObject[] = [];
  readonly #open = new Map<ObjectCursor, OpenObject>();
  #openedCount = 0;

  constructor(arena: Arena, { codecs, countMax, decodersSize }: OpenObjectsOptions) {
    this.#codecs = codecs;
    this.#places = new MemoryBudget(countMax);
    this.#decoders = new MemoryBudget(decodersSize);
    this.#inputs = Array.from({ length: countMax }, () => arena.allocate(INPUT_SIZE));
  }

  /** How often an object was opened. */
  get openedCount(): number {
    return this.#openedCount;
  }

  /** The most bytes that decoders took at once. */
  get decodersPeak(): number {
    return this.#decoders.peak;
  }

  /**
   * A cursor at `position` of the object, or before it; to be parked or closed.
   * @returns also whether it had been parked: then its connection may have ended meanwhile
   */
  async take(object: ImageObject, position: number): Promise<{ cursor: ObjectCursor; wasParked: boolean }> {
    const codec = codecOf(object.entry.compression, this.#codecs, object.place);
    const parked = this.#nearest(object, position);
    if (parked !== undefined && this.#isWorth(parked.cursor, { position, isSeekable: codec === undefined })) {
      this.#unpark(parked);
      return { cursor: parked.cursor, wasParked: true };
    }
    const holds: Hold[] = [await this.#acquire(this.#places, 1)];
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

  /** Leaves the cursor where it stands, unless its place is needed or nothing follows. */
  async park(cursor: ObjectCursor): Promise<void> {
    const isWanted = this.#places.waitingCount > 0 || this.#decoders.waitingCount > 0;
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
      // It never rejects.
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

  #nearest({ key }: ImageObject, position: number): OpenObject | undefined {
    let nearest: OpenObject | undefined;
    for (const parked of this.#parked) {
      const { cursor } = parked;
      if (cursor.object.key !== key || cursor.position > position) continue;
      if (nearest === undefined || cursor.position >= nearest.cursor.position) nearest = parked;
    }
    return nearest;
  }

  #isWorth(
    cursor: ObjectCursor,
    { position, isSeekable }: { readonly position: number; readonly isSeekable: boolean },
  ): boolean {
    if (isSeekable) return cursor.position === position;
    const hasRoom = this.#places.inUse < this.#places.limit;
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
