/** load: the stored bytes of one object, in pieces of a buffer. */
import type { Layer } from "../chain/layer.js";
import type { PlannedObject } from "../chain/plan.js";
import { openStored } from "../chain/stored-table.js";
import { IntegrityError } from "../errors.js";
import type { ObjectReader } from "../sinks/sink.js";
import type { LoadedPart } from "./part.js";
import type { BufferPool } from "./pool.js";
import type { StageMeter } from "./profile.js";

interface LoaderOptions {
  readonly pool: BufferPool;
  readonly meter: StageMeter | undefined;
  readonly backupId: string;
}

/** One planned object, opened. Whoever opened it closes it. */
export class ObjectLoader {
  readonly #planned: PlannedObject;
  readonly #reader: ObjectReader;
  readonly #pool: BufferPool;
  readonly #meter: StageMeter | undefined;
  readonly #backupId: string;
  /** Stored bytes not read yet. */
  #left: number;

  /** @throws IntegrityError when it is missing or empty */
  static async open(
    layers: readonly Layer[],
    planned: PlannedObject,
    pool: BufferPool,
    meter?: StageMeter,
  ): Promise<ObjectLoader> {
    const { backup } = layers[planned.layerIndex]!;
    const reader = await openStored(backup, planned.object.name);
    const loader = new ObjectLoader(planned, reader, { pool, meter, backupId: backup.backupId });
    if (reader.size > 0) return loader;
    await reader.close();
    throw loader.#damaged("it is empty");
  }

  private constructor(
    planned: PlannedObject,
    reader: ObjectReader,
    { pool, meter, backupId }: LoaderOptions,
  ) {
    this.#planned = planned;
    this.#reader = reader;
    this.#pool = pool;
    this.#meter = meter;
    this.#backupId = backupId;
    this.#left = reader.size;
  }

  /** The next part, until one is the last. One call at a time. */
  async next(): Promise<LoadedPart> {
    const buffer = await this.#pool.acquire();
    const bytes = buffer.bytes.subarray(0, Math.min(buffer.bytes.length, this.#left));
    this.#meter?.take(bytes.length);
    this.#meter?.start();
    try {
      const count = await this.#reader.readInto(bytes);
      if (count < bytes.length) throw this.#damaged("it ends before its size");
    } catch (error) {
      buffer.release();
      throw error;
    } finally {
      this.#meter?.end();
    }
    this.#meter?.give(bytes.length);
    this.#left -= bytes.length;
    return { planned: this.#planned, bytes, buffer, isLast: this.#left === 0 };
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  #damaged(state: string): IntegrityError {
    const { name, offset } = this.#planned.object;
    return new IntegrityError(`Cannot read object: ${state}`, {
      backupId: this.#backupId,
      objectName: name,
      offset,
    });
  }
}
