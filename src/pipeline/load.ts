/** load: the stored bytes of the planned objects, one object after the other, in pieces of a buffer. */
import type { Layer } from "../chain/layer.js";
import type { PlannedObject } from "../chain/plan.js";
import { openStored } from "../chain/stored-table.js";
import { IntegrityError } from "../errors.js";
import type { ObjectReader } from "../sinks/sink.js";
import { ReadableStream } from "../streams.js";
import type { LoadedPart } from "./part.js";
import type { BufferPool } from "./pool.js";

interface OpenObject {
  readonly planned: PlannedObject;
  readonly reader: ObjectReader;
  /** Stored bytes not read yet. */
  left: number;
}

/** Walks through the plan's objects. Belongs to the run, which closes it at its end. */
export class ObjectLoader {
  readonly #layers: readonly Layer[];
  readonly #objects: Iterator<PlannedObject>;
  #current: OpenObject | undefined;
  /** The `next` that a failed pipeline left under way. */
  #step: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(layers: readonly Layer[], objects: readonly PlannedObject[]) {
    this.#layers = layers;
    this.#objects = objects[Symbol.iterator]();
  }

  /** The next part, or `undefined` after the last object and once closed. One call at a time. */
  next(pool: BufferPool): Promise<LoadedPart | undefined> {
    const step = this.#loadNext(pool);
    this.#step = step.catch(() => {});
    return step;
  }

  /** Waits for the `next` that may be under way, so that nothing is open or read afterwards. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#step;
    await this.#closeCurrent();
  }

  async #loadNext(pool: BufferPool): Promise<LoadedPart | undefined> {
    if (this.#isClosed) return undefined;
    this.#current ??= await this.#openNext();
    const current = this.#current;
    if (current === undefined) return undefined;
    const buffer = await pool.acquire();
    const bytes = buffer.bytes.subarray(0, Math.min(buffer.bytes.length, current.left));
    const count = await current.reader.readInto(bytes);
    if (count < bytes.length) throw this.#damaged(current.planned, "it ends before its size");
    current.left -= count;
    const isLast = current.left === 0;
    if (isLast) await this.#closeCurrent();
    return { planned: current.planned, bytes, buffer, isLast };
  }

  async #closeCurrent(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await current?.reader.close();
  }

  async #openNext(): Promise<OpenObject | undefined> {
    const next = this.#objects.next();
    if (next.done) return undefined;
    const planned = next.value;
    const { backup } = this.#layers[planned.layerIndex]!;
    const reader = await openStored(backup, planned.object.name);
    if (reader.size > 0) return { planned, reader, left: reader.size };
    await reader.close();
    throw this.#damaged(planned, "it is empty");
  }

  #damaged({ layerIndex, object }: PlannedObject, state: string): IntegrityError {
    const { backupId } = this.#layers[layerIndex]!.backup;
    return new IntegrityError(`Cannot read object: ${state}`, {
      backupId,
      objectName: object.name,
      offset: object.offset,
    });
  }
}

export function load(loader: ObjectLoader, pool: BufferPool): ReadableStream<LoadedPart> {
  return new ReadableStream<LoadedPart>({
    async pull(controller) {
      const part = await loader.next(pool);
      if (part === undefined) controller.close();
      else controller.enqueue(part);
    },
  });
}
