/**
 * store: writes each extent to an object of its own, numbered from 1 in the order of the volume.
 *
 * A few objects are written at once, each piece by piece in its own order: an object that waits for a slow store, or for
 * stable storage at its end, does not delay the others. Pieces wait here as long as they must; the buffers and the
 * budget that they hold bound their number. The ledger still lists objects in order.
 */
import type { ManifestObject } from "../../format/manifest.js";
import { objectName } from "../../format/names.js";
import type { ObjectSink, ObjectWriter } from "../../sinks/sink.js";
import { WritableStream } from "../../streams.js";
import type { StageMeter } from "../run/profile.js";
import type { Progress } from "../run/run.js";
import type { EncodedPiece, Extent } from "./window.js";

/** Options of a ledger. */
export interface StoreOptions {
  readonly container: string;
  readonly prefix: string;
  /** How many objects may be written at once. */
  readonly concurrentObjects: number;
  readonly progress: Progress;
  /** Ends pending writes; the unfinished objects must still be aborted. */
  readonly signal: AbortSignal;
}

/** An object that is being written. */
class ObjectPut {
  readonly #writer: Promise<ObjectWriter>;
  /** Rejects with the first failure, after which nothing more is written. */
  #written: Promise<unknown>;

  constructor(writer: Promise<ObjectWriter>) {
    this.#writer = writer;
    this.#written = writer;
  }

  /** Resolves when `work` has been done, after everything before it. */
  after(work: (writer: ObjectWriter) => Promise<void>): Promise<void> {
    const writer = this.#writer;
    const done = this.#written.then(async () => await work(await writer));
    this.#written = done;
    return done;
  }

  /** Leaves nothing unfinished; never rejects. */
  async abort(): Promise<void> {
    await this.#written.catch(() => {});
    const writer = await this.#writer.catch(() => undefined);
    await writer?.abort();
  }
}

/** The objects stored so far. It belongs to the run, which uses it to clean up after a failed pipeline. */
export class ObjectLedger {
  /** Rejects with the first failure; never resolves. */
  readonly failed: Promise<never>;
  /** Receives the stage's times; set before the first piece comes. */
  meter: StageMeter | undefined;
  readonly #sink: ObjectSink;
  readonly #options: StoreOptions;
  readonly #objects: ManifestObject[] = [];
  /** Objects that are not stored yet. Each that has all its pieces maps to a promise that resolves when it is stored. */
  readonly #puts = new Map<ObjectPut, Promise<void> | undefined>();
  #fail!: (error: unknown) => void;
  #isFailed = false;
  #isSettling = false;
  #open: { readonly extent: Extent; readonly name: string; readonly put: ObjectPut } | undefined;
  #nextNumber = 1;

  constructor(sink: ObjectSink, options: StoreOptions) {
    this.#sink = sink;
    this.#options = options;
    this.failed = new Promise((_, reject) => {
      this.#fail = (error) => {
        this.#isFailed = true;
        reject(error);
      };
    });
    this.failed.catch(() => {});
  }

  /** Complete only after `complete`. */
  get objects(): readonly ManifestObject[] {
    return this.#objects;
  }

  /** Resolves when the next piece may come. */
  async add(piece: EncodedPiece): Promise<void> {
    const { extent, name, put } = await this.#openFor(piece.extent);
    // The ledger keeps a failure.
    void this.#follow(put, (writer) => this.#write(writer, piece));
    if (piece.end === undefined) return;
    this.#open = undefined;
    this.#options.progress.objectCount++;
    this.#objects.push({ name, offset: extent.offset, ...piece.end });
    const completed = this.#follow(put, async (writer) => {
      this.meter?.start();
      await writer.close();
      this.meter?.end();
      // A put that is not closed stays in the map, for `settle` to abort.
      this.#puts.delete(put);
    });
    this.#puts.set(put, completed);
    if (this.#puts.size >= this.#options.concurrentObjects)
      await this.#orFail(Promise.race(this.#puts.values()));
  }

  /** Resolves when every object is on stable storage. */
  async complete(): Promise<void> {
    await this.#orFail(Promise.all(this.#puts.values()));
  }

  /** After a failure: resolves when no write is in progress any more, so that the stored objects can be removed. */
  async settle(): Promise<void> {
    this.#isSettling = true;
    await Promise.all([...this.#puts.keys()].map((put) => put.abort()));
  }

  async #openFor(extent: Extent): Promise<{ extent: Extent; name: string; put: ObjectPut }> {
    if (this.#open !== undefined) return this.#open;
    const { container, prefix, signal } = this.#options;
    const name = objectName(prefix, this.#nextNumber++);
    const writer = this.#sink.create(container, name, { signal });
    // A failure is thrown by the writes that follow.
    writer.catch(() => {});
    this.#open = { extent, name, put: new ObjectPut(writer) };
    this.#puts.set(this.#open.put, undefined);
    return this.#open;
  }

  /** Never rejects: the ledger keeps a failure, which also aborts the object. */
  #follow(put: ObjectPut, work: (writer: ObjectWriter) => Promise<void>): Promise<void> {
    return put
      .after(async (writer) => {
        if (!this.#isFailed && !this.#isSettling) await work(writer);
      })
      .catch(async (error: unknown) => {
        this.#fail(error);
        await put.abort();
      });
  }

  async #write(
    writer: ObjectWriter,
    { bytes, buffer, encoder, hold, plainLength }: EncodedPiece,
  ): Promise<void> {
    const { progress } = this.#options;
    const { meter } = this;
    // A released buffer may have no length any more.
    const storedSize = bytes.length;
    meter?.take(plainLength);
    meter?.start();
    if (storedSize > 0) await writer.write(bytes);
    meter?.end();
    buffer?.release();
    encoder?.release(bytes);
    hold?.release();
    progress.bytesDone += plainLength;
    progress.storedBytes += storedSize;
  }

  async #orFail(work: Promise<unknown>): Promise<void> {
    await Promise.race([work, this.failed]);
    if (this.#isFailed) await this.failed;
  }
}

/**
 * The last stage of a backup: pieces of objects in, whole objects in the ledger's sink. It closes when all are
 * durable.
 * @param meter receives the ledger's times from now on
 */
export function store(ledger: ObjectLedger, meter?: StageMeter): WritableStream<EncodedPiece> {
  ledger.meter = meter;
  return new WritableStream<EncodedPiece>({
    start(controller) {
      // Otherwise a stage could wait for ever for a buffer that a failed object holds.
      ledger.failed.catch((error: unknown) => controller.error(error));
    },
    write: (piece) => ledger.add(piece),
    close: () => ledger.complete(),
  });
}
