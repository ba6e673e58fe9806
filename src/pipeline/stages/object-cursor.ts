/**
 * A cursor over one planned object, from its beginning to its end, at the pace of its reader: it decodes as far as its
 * few buffers allow, and continues when the reader has taken or skipped some of them.
 */
import type { PlannedObject } from "../../chain/plan.js";
import type { BufferPool } from "../memory/pool.js";
import { type DecodeObjectOptions, decodeObject } from "./decode-object.js";
import type { PlainPart } from "./part.js";

/** The buffers of one open object. Each object has its own, so that a waiting object does not starve another. */
export interface CursorSlot {
  /** For stored bytes: a part that is being decoded, and the next. */
  readonly loadPool: BufferPool;
  /** For decoded bytes: a part that is being taken, and the next. */
  readonly pool: BufferPool;
}

export type CursorOptions = Omit<DecodeObjectOptions, "emit" | keyof CursorSlot>;

export class ObjectCursor {
  /** Settles when no work on the object is in progress. Resolves if all of it was decoded and its buffers are free. */
  readonly settled: Promise<void>;
  readonly #parts: PlainPart[] = [];
  #failure: { readonly error: unknown } | undefined;
  #isUnwanted = false;
  #wake: () => void = () => {};

  constructor(planned: PlannedObject, slot: CursorSlot, options: CursorOptions) {
    this.settled = decodeObject(planned, { ...options, ...slot, emit: (part) => this.#take(part) });
    this.settled.catch((error: unknown) => this.fail(error));
  }

  /**
   * Fills `bytes` with the object's bytes from byte `offset` of the volume on. Earlier bytes are skipped; later calls
   * must ask for later bytes.
   */
  async copyInto(bytes: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const part = await this.#partAt(offset + done);
      const plain = part.bytes.subarray(offset + done - part.offset);
      const count = Math.min(plain.length, bytes.length - done);
      bytes.set(plain.subarray(0, count), done);
      done += count;
    }
  }

  /** Ends the reading. The rest is decoded, to check that the object is whole, and dropped. */
  finish(): void {
    this.#isUnwanted = true;
    for (const part of this.#parts.splice(0)) part.buffer.release();
  }

  /** Rejects pending and later reads with `error`, unless there was an earlier failure. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  #take(part: PlainPart): void {
    if (this.#isUnwanted) part.buffer.release();
    else this.#parts.push(part);
    this.#wake();
  }

  /** Returns the part that contains the byte at `offset`; releases those before it. */
  async #partAt(offset: number): Promise<PlainPart> {
    for (;;) {
      const [part] = this.#parts;
      if (part !== undefined && offset < part.offset + part.bytes.length) return part;
      if (part !== undefined) {
        this.#parts.shift();
        part.buffer.release();
        continue;
      }
      if (this.#failure !== undefined) throw this.#failure.error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
