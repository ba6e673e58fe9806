/**
 * The plain bytes of the planned objects, a few objects at once: each is loaded and decompressed, and its pieces come
 * out in order, interleaved with those of other objects.
 *
 *     while there are objects, in each of a few loops:
 *       wait until the next object's end is close enough to the start of the first unfinished object
 *       open it, load its stored pieces, decompress them, emit the plain pieces
 *
 * Pieces are not held back here: their buffers bound their number. The consumer of the pieces reports when an object is
 * done; the distance between the first and the last unfinished object bounds the digests to keep.
 */
import { damageOf } from "../../chain/damage.js";
import type { PlannedObject } from "../../chain/plan.js";
import { ReadableStream } from "../../streams.js";
import { type DecodeObjectOptions, decodeObject } from "./decode-object.js";
import type { PlainPiece } from "./piece.js";
import type { ZeroPieces } from "./zero-pieces.js";

/** Options of `ObjectPieces`. */
export interface ObjectPiecesOptions extends Omit<DecodeObjectOptions, "emit"> {
  /** In ascending order of their offsets, without a gap. */
  readonly objects: readonly PlannedObject[];
  /** How many objects are loaded at once. */
  readonly concurrency: number;
  /** Bytes of the volume from the start of the first unfinished object to the end of the last started one. */
  readonly span: number;
  /** Takes the place of objects of zeros. @default {every object is decoded} */
  readonly zeros?: ZeroPieces | undefined;
  /** Ends every wait. */
  readonly signal: AbortSignal;
}

/** Belongs to the run, which closes it at its end. */
export class ObjectPieces {
  readonly readable: ReadableStream<PlainPiece>;
  readonly #options: ObjectPiecesOptions;
  readonly #objects: Iterator<PlannedObject>;
  /** Started and unfinished objects, in the order of the plan. */
  readonly #begun: PlannedObject[] = [];
  #controller!: ReadableStreamDefaultController<PlainPiece>;
  #hasBegun = false;
  #isClosed = false;
  /** Resolves when no loop runs any more. */
  #loops: Promise<unknown> = Promise.resolve();
  /** Resolves when the previous loop has its object. */
  #turn: Promise<unknown> = Promise.resolve();
  #wake: () => void = () => {};

  constructor(options: ObjectPiecesOptions) {
    this.#options = options;
    this.#objects = options.objects[Symbol.iterator]();
    // workerd's `pipeTo` waits for a pending read even when its signal is aborted: that read must end.
    options.signal.addEventListener("abort", () =>
      this.#end(() => this.#controller.error(options.signal.reason)),
    );
    this.readable = new ReadableStream<PlainPiece>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        // Not in `start`: nothing is loaded before somebody reads from the stage.
        pull: () => this.#begin(),
        cancel: () => this.#stop(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Byte offset in the volume of the first unfinished object; there must be one. */
  get firstOffset(): number {
    return this.#begun[0]!.object.offset;
  }

  /** Marks an object as done: the consumer has handled all of its pieces. */
  done(planned: PlannedObject): void {
    const index = this.#begun.indexOf(planned);
    // An object that had too many bytes is reported twice.
    if (index >= 0) this.#begun.splice(index, 1);
    this.#wake();
  }

  /** Waits for calls that a failed pipeline left in progress, so that nothing is open or read afterwards. */
  async close(): Promise<void> {
    this.#stop();
    await this.#loops;
  }

  #stop(): void {
    this.#isClosed = true;
    this.#wake();
  }

  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const loops = Array.from({ length: this.#options.concurrency }, () => this.#work());
    this.#loops = Promise.allSettled(loops);
    Promise.all(loops).then(
      () => this.#end(() => this.#controller.close()),
      (error: unknown) => this.#end(() => this.#controller.error(error)),
    );
  }

  /** Closes or errors the stream, unless it was cancelled. */
  #end(settle: () => void): void {
    if (!this.#isClosed) settle();
    this.#stop();
  }

  async #work(): Promise<void> {
    for (let planned = await this.#next(); planned !== undefined; planned = await this.#next()) {
      await this.#decode(planned);
    }
  }

  /** The next object of the plan, in its turn, as soon as it is close enough. */
  #next(): Promise<PlannedObject | undefined> {
    const next = this.#turn.then(async () => {
      const { done, value: planned } = this.#isClosed
        ? { done: true, value: undefined }
        : this.#objects.next();
      if (done || planned === undefined) {
        this.#options.loadMeter?.done();
        return undefined;
      }
      while (!this.#isClosed && !this.#isNear(planned)) await this.#change();
      if (this.#isClosed) return undefined;
      this.#begun.push(planned);
      return planned;
    });
    this.#turn = next;
    return next;
  }

  #isNear({ object, ranges }: PlannedObject): boolean {
    const first = this.#begun[0]?.object.offset ?? object.offset;
    const last = ranges.at(-1)!;
    return last.offset + last.length - first <= this.#options.span;
  }

  /** Resolves when an object is done, or the stream is closed. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #decode(planned: PlannedObject): Promise<void> {
    let reached = planned.object.offset;
    const emit = (piece: PlainPiece): void => {
      reached = piece.offset + piece.bytes.length;
      this.#emit(piece);
    };
    const { zeros, pool } = this.#options;
    try {
      if (await zeros?.has(planned)) await zeros?.emit(planned, pool, emit);
      else await decodeObject(planned, { ...this.#options, emit });
    } catch (error) {
      const failure = damageOf(error, this.#options.locationOf(planned));
      if (this.#options.goesOn !== true || failure === undefined) throw error;
      const buffer = await this.#options.pool.acquire();
      const bytes = buffer.bytes.subarray(0, 0);
      this.#emit({ planned, offset: reached, bytes, buffer, isLast: true, failure });
    }
  }

  #emit(piece: PlainPiece): void {
    if (!this.#isClosed) this.#controller.enqueue(piece);
  }
}
