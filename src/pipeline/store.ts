/**
 * store: each extent to an object of its own, numbered from 1 in the order of the volume.
 *
 * Completing an object waits for stable storage, so a few completions may be under way while the next object is
 * written; the ledger lists objects in order all the same.
 */
import type { ManifestObject } from "../format/manifest.js";
import { objectName } from "../format/names.js";
import type { ObjectSink, ObjectWriter } from "../sinks/sink.js";
import { WritableStream } from "../streams.js";
import type { Progress } from "./run.js";
import type { EncodedPart, Extent } from "./window.js";

/** Objects that may be completing at once. */
const COMPLETIONS_MAX = 4;

export interface StoreOptions {
  readonly container: string;
  readonly prefix: string;
  readonly progress: Progress;
}

interface OpenObject {
  readonly extent: Extent;
  readonly name: string;
  readonly writer: ObjectWriter;
}

/** What has been stored so far. Belongs to the run, so that it can clean up after a pipeline that failed. */
export class ObjectLedger {
  readonly #sink: ObjectSink;
  readonly #options: StoreOptions;
  readonly #objects: ManifestObject[] = [];
  /** Never reject; `#failure` has the first that failed. */
  readonly #completions = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;
  #open: OpenObject | undefined;
  #nextNumber = 1;

  constructor(sink: ObjectSink, options: StoreOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  /** Complete only after `complete`. */
  get objects(): readonly ManifestObject[] {
    return this.#objects;
  }

  async add(part: EncodedPart): Promise<void> {
    const { progress } = this.#options;
    const { writer, name, extent } = await this.#openFor(part.extent);
    // A released buffer may have no length any more.
    const storedSize = part.bytes.length;
    if (storedSize > 0) await writer.write(part.bytes);
    part.buffer?.release();
    part.encoder?.release?.(part.bytes);
    part.hold?.release();
    progress.bytesDone += part.plainLength;
    progress.storedBytes += storedSize;
    if (part.end === undefined) return;
    this.#open = undefined;
    progress.objectCount++;
    this.#objects.push({ name, offset: extent.offset, ...part.end });
    await this.#completeSoon(writer);
  }

  /** Resolves when every object is on stable storage. */
  async complete(): Promise<void> {
    await Promise.all(this.#completions);
    this.#throwFailure();
  }

  /** After a failure: resolves when no write is under way any more, so that what was stored can be removed. */
  async settle(): Promise<void> {
    await Promise.all(this.#completions);
    await this.#open?.writer.abort();
  }

  async #openFor(extent: Extent): Promise<OpenObject> {
    if (this.#open !== undefined) return this.#open;
    const { container, prefix } = this.#options;
    const name = objectName(prefix, this.#nextNumber++);
    this.#open = { extent, name, writer: await this.#sink.create(container, name) };
    return this.#open;
  }

  async #completeSoon(writer: ObjectWriter): Promise<void> {
    const completion = writer
      .close()
      .catch(async (error: unknown) => {
        this.#failure ??= { error };
        await writer.abort();
      })
      .finally(() => this.#completions.delete(completion));
    this.#completions.add(completion);
    if (this.#completions.size >= COMPLETIONS_MAX) await Promise.race(this.#completions);
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

export function store(ledger: ObjectLedger): WritableStream<EncodedPart> {
  return new WritableStream<EncodedPart>({
    write: (part) => ledger.add(part),
    close: () => ledger.complete(),
  });
}
