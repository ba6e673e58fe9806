/** load: reads the stored bytes of one object, a buffer at a time. */
import type { ChainLink } from "../../chain/link.js";
import type { PlannedObject } from "../../chain/plan.js";
import { openListed } from "../../chain/stored-backup.js";
import { IntegrityError } from "../../errors.js";
import type { ObjectReader } from "../../sinks/sink.js";
import type { BufferPool } from "../memory/pool.js";
import type { StageMeter } from "../run/profile.js";
import type { LoadedPiece } from "./piece.js";

interface LoaderOptions {
  readonly pool: BufferPool;
  readonly meter: StageMeter | undefined;
  readonly backupId: string;
}

/** Options of `load`. */
export interface LoadOptions {
  /** Receives the stage's times. */
  readonly meter?: StageMeter | undefined;
  /** Ends this call and those of the loader. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a planned object. The caller closes it.
 * @param links the links of the chain that the plan was made for
 * @param pool buffers for its stored bytes
 * @throws IntegrityError when the object is missing or empty
 */
export async function load(
  links: readonly ChainLink[],
  planned: PlannedObject,
  pool: BufferPool,
  { meter, signal }: LoadOptions = {},
): Promise<ObjectLoader> {
  const { backup } = links[planned.linkIndex]!;
  const reader = await openListed(backup, planned.object.name, { signal });
  if (reader.size > 0) return new ObjectLoader(planned, reader, { pool, meter, backupId: backup.backupId });
  await reader.close();
  throw damaged("it is empty", planned, backup.backupId);
}

/** One planned object that is being read. */
export class ObjectLoader {
  readonly #planned: PlannedObject;
  readonly #reader: ObjectReader;
  readonly #pool: BufferPool;
  readonly #meter: StageMeter | undefined;
  readonly #backupId: string;
  /** Stored bytes not read yet. */
  #left: number;

  constructor(planned: PlannedObject, reader: ObjectReader, { pool, meter, backupId }: LoaderOptions) {
    this.#planned = planned;
    this.#reader = reader;
    this.#pool = pool;
    this.#meter = meter;
    this.#backupId = backupId;
    this.#left = reader.size;
  }

  /** Loads the next piece; call it until a piece is the last, one call at a time. */
  async next(): Promise<LoadedPiece> {
    const buffer = await this.#pool.acquire();
    const bytes = buffer.bytes.subarray(0, Math.min(buffer.bytes.length, this.#left));
    this.#meter?.take(bytes.length);
    this.#meter?.start();
    try {
      const count = await this.#reader.readInto(bytes);
      if (count < bytes.length) throw damaged("it ends before its size", this.#planned, this.#backupId);
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

  /** Ends the reading; pieces that were returned stay valid. */
  close(): Promise<void> {
    return this.#reader.close();
  }
}

function damaged(state: string, { object }: PlannedObject, backupId: string): IntegrityError {
  const { name: objectName, offset } = object;
  return new IntegrityError(`Cannot read object: ${state}`, { backupId, objectName, offset });
}
