/**
 * A cursor over one planned object, from its beginning to its end, at the pace of its reader: it decodes as far as its
 * few buffers allow, and continues when the reader has taken or skipped some of them.
 */
import type { PlannedObject } from "../../chain/plan.js";
import type { BufferPool } from "../memory/pool.js";
import { type DecodeObjectOptions, decodeObject } from "./decode-object.js";
import type { PlainPiece } from "./piece.js";

/** The buffers of one open object. Each object has its own, so that a waiting object does not starve another. */
export interface CursorSlot {
  /** For stored bytes: a piece that is being decoded, and the next. */
  readonly loadPool: BufferPool;
  /** For decoded bytes: a piece that is being taken, and the next. */
  readonly pool: BufferPool;
}

export type CursorOptions = Omit<DecodeObjectOptions, "emit" | keyof CursorSlot>;

export class ObjectCursor {
  /** Settles when no work on the object is in progress. Resolves if all of it was decoded and its buffers are free. */
  readonly settled: Promise<void>;
  readonly #pieces: PlainPiece[] = [];
  #failure: { readonly error: unknown } | undefined;
  #isUnwanted = false;
  #wake: () => void = () => {};

  constructor(planned: PlannedObject, slot: CursorSlot, options: CursorOptions) {
    this.settled = decodeObject(planned, { ...options, ...slot, emit: (piece) => this.#take(piece) });
    this.settled.catch((error: unknown) => this.fail(error));
  }

  /**
   * Fills `bytes` with the object's bytes from byte `offset` of the volume on. Earlier bytes are skipped; later calls
   * must ask for later bytes.
   */
  async copyInto(bytes: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const piece = await this.#pieceAt(offset + done);
      const plain = piece.bytes.subarray(offset + done - piece.offset);
      const count = Math.min(plain.length, bytes.length - done);
      bytes.set(plain.subarray(0, count), done);
      done += count;
    }
  }

  /** Ends the reading. The rest is decoded, to check that the object is whole, and dropped. */
  finish(): void {
    this.#isUnwanted = true;
    for (const piece of this.#pieces.splice(0)) piece.buffer.release();
  }

  /** Rejects pending and later reads with `error`, unless there was an earlier failure. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  #take(piece: PlainPiece): void {
    if (this.#isUnwanted) piece.buffer.release();
    else this.#pieces.push(piece);
    this.#wake();
  }

  /** Returns the piece that contains the byte at `offset`; releases those before it. */
  async #pieceAt(offset: number): Promise<PlainPiece> {
    for (;;) {
      const [piece] = this.#pieces;
      if (piece !== undefined && offset < piece.offset + piece.bytes.length) return piece;
      if (piece !== undefined) {
        this.#pieces.shift();
        piece.buffer.release();
        continue;
      }
      if (this.#failure !== undefined) throw this.#failure.error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
