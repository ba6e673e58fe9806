/**
 * A chain of backups as a volume that is read once, from its beginning to its end.
 *
 *     each byte of the volume comes from one object of the plan, though several may be open around it:
 *     an older object waits, half decoded, while a newer one that lies inside it provides bytes
 *     objects are opened in the order of the first byte they provide, a few in advance
 *
 * The plan determines how many objects are open at once, and so the memory. Bytes are not verified here: the reader
 * compares every block with the digest table.
 */
import { firstOffsetOf } from "../../chain/open-objects.js";
import type { PlannedObject, RestorePlan } from "../../chain/plan.js";
import type { VolumeSource } from "../../sources/volume.js";
import { type Arena, BufferPool, type PoolOptions } from "../memory/pool.js";
import { type CursorOptions, type CursorSlot, ObjectCursor } from "./object-cursor.js";

export interface ChainSourceOptions extends CursorOptions {
  readonly plan: RestorePlan;
  readonly arena: Arena;
  /** Shape of each of an open object's pools, from `planReading`. */
  readonly buffers: PoolOptions;
  /** Objects that may be open at once: `openObjectsMax` plus `aheadCount`. */
  readonly slotCount: number;
  /** How many objects are opened before the reader reaches them. */
  readonly aheadCount: number;
  /** Ends every wait. */
  readonly signal: AbortSignal;
}

/** Bytes of the volume that one object provides. */
interface Segment {
  readonly planned: PlannedObject;
  readonly offset: number;
  readonly end: number;
  /** Whether this is the object's last segment. */
  readonly isLast: boolean;
}

interface OpenObject {
  readonly cursor: ObjectCursor;
  readonly slot: CursorSlot;
}

export class ChainSource implements VolumeSource {
  readonly size: number;
  readonly #options: ChainSourceOptions;
  readonly #segments: readonly Segment[];
  /** In the order of the first byte they provide. */
  readonly #objects: readonly PlannedObject[];
  readonly #free: CursorSlot[];
  readonly #open = new Map<PlannedObject, OpenObject>();
  /** Objects past their last segment, still being decoded to their ends; each resolves when its slot is free. */
  readonly #ending = new Set<Promise<void>>();
  #openedCount = 0;
  /** How many objects provide their first byte at or before the position. */
  #reachedCount = 0;
  #segmentIndex = 0;
  #position = 0;

  constructor(options: ChainSourceOptions) {
    const { plan, arena, buffers, slotCount, signal } = options;
    this.#options = options;
    this.size = plan.volumeSize;
    this.#segments = segmentsOf(plan.objects);
    this.#objects = [...plan.objects].sort((a, b) => firstOffsetOf(a) - firstOffsetOf(b));
    // One controller per slot: Node warns about many listeners on one signal.
    const controllers = Array.from({ length: slotCount }, () => new AbortController());
    this.#free = controllers.map((controller) => ({
      loadPool: new BufferPool(arena, buffers, controller.signal),
      pool: new BufferPool(arena, buffers, controller.signal),
    }));
    signal.addEventListener("abort", () => {
      for (const controller of controllers) controller.abort(signal.reason);
      for (const { cursor } of this.#open.values()) cursor.fail(signal.reason);
    });
  }

  /** @throws RangeError for an offset that does not follow the previous read */
  async readInto(buffer: Uint8Array, offset: number): Promise<void> {
    if (offset !== this.#position)
      throw new RangeError(
        `Cannot read chain at ${offset}: it is read in order, and is at ${this.#position}`,
      );
    this.#position += buffer.length;
    for (let done = 0; done < buffer.length; ) {
      this.#options.signal.throwIfAborted();
      const { planned, end, isLast } = this.#segments[this.#segmentIndex]!;
      const at = offset + done;
      const bytes = buffer.subarray(done, done + Math.min(end - at, buffer.length - done));
      await this.#openUpTo(planned, at);
      await this.#open.get(planned)!.cursor.copyInto(bytes, at);
      done += bytes.length;
      if (at + bytes.length < end) continue;
      this.#segmentIndex++;
      if (isLast) this.#end(planned);
    }
  }

  /** Resolves when all objects that were read have decoded to their ends. @throws IntegrityError for a damaged one */
  async settle(): Promise<void> {
    await Promise.all(this.#ending);
  }

  /** Resolves when no work is in progress any more. Call it after the signal, or when everything was read. */
  async close(): Promise<void> {
    const open = [...this.#open.values()].map(({ cursor }) => cursor.settled);
    await Promise.allSettled([...open, ...this.#ending]);
  }

  /** Opens the object, if necessary, and some that follow. */
  async #openUpTo(planned: PlannedObject, offset: number): Promise<void> {
    while (!this.#open.has(planned)) {
      // Objects that provide bytes or are opened ahead fill fewer than all slots, so if none is free some are ending.
      if (this.#free.length === 0) await Promise.race(this.#ending);
      else this.#openNext();
    }
    while (
      this.#reachedCount < this.#openedCount &&
      firstOffsetOf(this.#objects[this.#reachedCount]!) <= offset
    )
      this.#reachedCount++;
    const end = Math.min(this.#reachedCount + this.#options.aheadCount, this.#objects.length);
    while (this.#openedCount < end && this.#free.length > 0) this.#openNext();
  }

  #openNext(): void {
    const planned = this.#objects[this.#openedCount++]!;
    const slot = this.#free.pop()!;
    this.#open.set(planned, { slot, cursor: new ObjectCursor(planned, slot, this.#options) });
  }

  #end(planned: PlannedObject): void {
    const { cursor, slot } = this.#open.get(planned)!;
    this.#open.delete(planned);
    cursor.finish();
    const ended = cursor.settled.then(() => {
      this.#free.push(slot);
      this.#ending.delete(ended);
    });
    // The failure stays in the set, for `settle` and for readers that wait for a slot.
    ended.catch(() => {});
    this.#ending.add(ended);
  }
}

function segmentsOf(objects: readonly PlannedObject[]): Segment[] {
  const segments = objects.flatMap((planned) =>
    planned.ranges.map(({ offset, length }, index) => ({
      planned,
      offset,
      end: offset + length,
      isLast: index === planned.ranges.length - 1,
    })),
  );
  return segments.sort((a, b) => a.offset - b.offset);
}
