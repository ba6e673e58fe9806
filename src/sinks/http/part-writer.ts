/**
 * Writes one object through an upload in parts. Each part is filled in memory, while the one before it is being sent.
 * The last part completes the object; an object of one part takes one request.
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
  /** Sends a part. One call at a time, in order. */
  sendPart(part: Part): Promise<void>;
  /** Sends the last part, which may be empty only if it is the only one, and completes the object. */
  sendLast(part: Part): Promise<void>;
  /** Removes whatever has been stored; never rejects. */
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
  /** The part being filled. */
  #part: Part | undefined;
  /** The request of the part before it. */
  #sending: Promise<void> = Promise.resolve();

  constructor(upload: Upload, { memory, signal }: PartWriterOptions) {
    this.#upload = upload;
    this.#memory = memory;
    this.#steps = new WriterSteps(upload.what, signal);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#steps.step(async () => {
      for (let taken = 0; taken < bytes.length; ) {
        // A full part is sent only when more bytes follow: otherwise it is the last one.
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
    // A part that arrives after the abort would be left over.
    await this.#sending.catch(() => undefined);
    this.#release();
    if (isUnfinished) await this.#upload.abort();
  }

  /** Starts to send a full part, once the one before it has been sent. */
  async #sendFull(full: Part): Promise<void> {
    await this.#sending;
    this.#part = undefined;
    this.#sending = this.#memory
      .send(() => this.#upload.sendPart(full))
      .finally(() => {
        full.clear();
        this.#memory.release();
      });
    // The next step reports its failure; without this it would be an unhandled rejection.
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
