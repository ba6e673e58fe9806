/**
 * store: each extent to an object of its own, numbered from 1 in the order of the volume.
 *
 * A few objects are on their way at once, each written part by part in its own order: one that waits for a slow store,
 * or for stable storage at its end, does not hold up the others. Parts wait here as long as they must; the buffers and
 * the budget that they hold bound how many can. The ledger lists objects in order all the same.
 */
import type { ManifestObject } from "../../format/manifest.js";
import { objectName } from "../../format/names.js";
import type { ObjectSink, ObjectWriter } from "../../sinks/sink.js";
import { WritableStream } from "../../streams.js";
import type { StageMeter } from "../run/profile.js";
import type { Progress } from "../run/run.js";
import type { EncodedPart, Extent } from "./window.js";

/** What a ledger is given beside a sink. */
export interface StoreOptions {
  readonly container: string;
  readonly prefix: string;
  /** How many objects may be on their way at once. */
  readonly concurrentObjects: number;
  readonly progress: Progress;
  /** Ends what is on its way; what it was stays to be aborted. */
  readonly signal: AbortSignal;
}

/** An object on its way. */
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

/** What has been stored so far. Belongs to the run, so that it can clean up after a pipeline that failed. */
export class ObjectLedger {
  /** Rejects with the first failure; never resolves. */
  readonly failed: Promise<never>;
  /** Is told what happens here; set before the first part comes. */
  meter: StageMeter | undefined;
  readonly #sink: ObjectSink;
  readonly #options: StoreOptions;
  readonly #objects: ManifestObject[] = [];
  /** Those that are not stored yet; with each that has come to its end, what resolves when it is. */
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

  /** Resolves when the next part may come. */
  async add(part: EncodedPart): Promise<void> {
    const { extent, name, put } = await this.#openFor(part.extent);
    // A failure is the ledger's.
    void this.#follow(put, (writer) => this.#write(writer, part));
    if (part.end === undefined) return;
    this.#open = undefined;
    this.#options.progress.objectCount++;
    this.#objects.push({ name, offset: extent.offset, ...part.end });
    const completed = this.#follow(put, async (writer) => {
      this.meter?.start();
      await writer.close();
      this.meter?.end();
      // One that is not closed stays, for `settle` to abort.
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

  /** After a failure: resolves when no write is under way any more, so that what was stored can be removed. */
  async settle(): Promise<void> {
    this.#isSettling = true;
    await Promise.all([...this.#puts.keys()].map((put) => put.abort()));
  }

  async #openFor(extent: Extent): Promise<{ extent: Extent; name: string; put: ObjectPut }> {
    if (this.#open !== undefined) return this.#open;
    const { container, prefix, signal } = this.#options;
    const name = objectName(prefix, this.#nextNumber++);
    const writer = this.#sink.create(container, name, { signal });
    // Shows in what follows.
    writer.catch(() => {});
    this.#open = { extent, name, put: new ObjectPut(writer) };
    this.#puts.set(this.#open.put, undefined);
    return this.#open;
  }

  /** Never rejects: a failure is the ledger's, and ends the object. */
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
    { bytes, buffer, encoder, hold, plainLength }: EncodedPart,
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
    encoder?.release?.(bytes);
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
 * The last stage of a backup: parts of objects in, whole objects in the ledger's sink. It closes when all are
 * durable.
 * @param meter is told what the ledger does from now on
 */
export function store(ledger: ObjectLedger, meter?: StageMeter): WritableStream<EncodedPart> {
  ledger.meter = meter;
  return new WritableStream<EncodedPart>({
    start(controller) {
      // Else what waits for a buffer that a failed object holds would wait for ever.
      ledger.failed.catch((error: unknown) => controller.error(error));
    },
    write: (part) => ledger.add(part),
    close: () => ledger.complete(),
  });
}
