/**
 * Writes one object through an upload that takes parts: each is filled in memory, and one is on its way while the next is
 * filled. The last one completes the object; an object of one part is one request.
 */

import type { ObjectWriter } from "../sink.js";
import { WriterSteps } from "../writer-steps.js";
import type { Part } from "./part.js";
import type { PartMemory } from "./part-memory.js";

/** The requests that put one object. */
export interface Upload {
  /** For messages, e.g. `object "a" in container "b"`. */
  readonly what: string;
  newPart(): Part;
  /** One call at a time, in order. */
  sendPart(part: Part): Promise<void>;
  /** The last part, which may be empty only where it is the only one; makes the object appear. */
  sendLast(part: Part): Promise<void>;
  /** Removes what is there of it; never rejects. */
  abort(): Promise<void>;
}

export interface PartWriterOptions {
  /** Shared by all writers of a sink. */
  readonly memory: PartMemory;
  readonly signal: AbortSignal | undefined;
}

export class PartWriter implements ObjectWriter {
  readonly #upload: Upload;
  readonly #memory: PartMemory;
  readonly #steps: WriterSteps;
  /** The part that is being filled. */
  #part: Part | undefined;
  /** The part before it, which is on its way; rejects as its request does. */
  #sending: Promise<void> = Promise.resolve();

  constructor(upload: Upload, { memory, signal }: PartWriterOptions) {
    this.#upload = upload;
    this.#memory = memory;
    this.#steps = new WriterSteps(upload.what, signal);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#steps.step(async () => {
      for (let taken = 0; taken < bytes.length; ) {
        // A full one is sent when more comes, because it may be the last.
        if (this.#part?.isFull) await this.#sendFull(this.#part);
        this.#part ??= await this.#newPart();
        taken += this.#part.append(bytes.subarray(taken));
      }
    });
  }

  async close(): Promise<void> {
    await this.#steps.close(async () => {
      await this.#sending;
      const part = this.#part ?? (await this.#newPart());
      this.#part = part;
      await this.#memory.send(() => this.#upload.sendLast(part));
      this.#release();
    });
  }

  async abort(): Promise<void> {
    const isUnfinished = await this.#steps.abort();
    // A part that arrived after its upload was aborted would be left over.
    await this.#sending.catch(() => undefined);
    this.#release();
    if (isUnfinished) await this.#upload.abort();
  }

  /** Begins to send the part that is full, once the one before it has arrived. */
  async #sendFull(full: Part): Promise<void> {
    await this.#sending;
    this.#part = undefined;
    this.#sending = this.#memory
      .send(() => this.#upload.sendPart(full))
      .finally(() => {
        full.clear();
        this.#memory.release();
      });
    // Its failure is the next step's; without this it would count as one that nobody hears of.
    this.#sending.catch(() => undefined);
  }

  async #newPart(): Promise<Part> {
    await this.#memory.acquire();
    return this.#upload.newPart();
  }

  #release(): void {
    if (this.#part === undefined) return;
    this.#part.clear();
    this.#part = undefined;
    this.#memory.release();
  }
}
