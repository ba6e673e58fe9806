/**
 * Writes one object through an upload that takes parts: each is filled in memory, and one is on its way while the next is
 * filled. The last one completes the object; an object of one part is one request.
 */

import { InvalidStateError } from "../../errors.js";
import type { ObjectWriter } from "../sink.js";
import type { PartMemory } from "./part-memory.js";

export interface UploadPart {
  readonly isFull: boolean;
  /** Copies as much of `bytes` as has room; returns how many bytes that was. */
  append(bytes: Uint8Array): number;
  /** Gives its memory back. */
  clear(): void;
}

export interface Upload<P extends UploadPart> {
  /** For messages, for example `object "a" in container "b"`. */
  readonly what: string;
  newPart(): P;
  /** One call at a time, in order. */
  sendPart(part: P): Promise<void>;
  /** The last part, which may be empty only where it is the only one; makes the object appear. */
  sendLast(part: P): Promise<void>;
  /** Removes what is there of it; never rejects. */
  abort(): Promise<void>;
}

export interface PartWriterOptions {
  /** Shared by all writers of a sink. */
  readonly memory: PartMemory;
  readonly signal: AbortSignal | undefined;
}

export class PartWriter<P extends UploadPart> implements ObjectWriter {
  readonly #upload: Upload<P>;
  readonly #options: PartWriterOptions;
  /** The part that is being filled. */
  #part: P | undefined;
  /** The part before it, which is on its way; rejects as its request does. */
  #sending: Promise<void> = Promise.resolve();
  #pending: Promise<void> = Promise.resolve();
  #state: "open" | "failed" | "aborted" | "closed" = "open";

  constructor(upload: Upload<P>, options: PartWriterOptions) {
    this.#upload = upload;
    this.#options = options;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#step(async () => {
      for (let taken = 0; taken < bytes.length; ) {
        // A full one is sent when more comes, because it may be the last.
        if (this.#part?.isFull) await this.#sendFull(this.#part);
        this.#part ??= await this.#newPart();
        taken += this.#part.append(bytes.subarray(taken));
      }
    });
  }

  async close(): Promise<void> {
    await this.#step(async () => {
      await this.#sending;
      const part = this.#part ?? (await this.#newPart());
      this.#part = part;
      await this.#options.memory.send(() => this.#upload.sendLast(part));
      this.#state = "closed";
      this.#release();
    });
  }

  async abort(): Promise<void> {
    if (this.#state === "open") this.#state = "aborted";
    // A part that arrived after its upload was aborted would be left over.
    await Promise.allSettled([this.#pending, this.#sending]);
    this.#release();
    if (this.#state !== "closed") await this.#upload.abort();
  }

  /** Begins to send the part that is full, once the one before it has arrived. */
  async #sendFull(full: P): Promise<void> {
    await this.#sending;
    this.#part = undefined;
    const { memory } = this.#options;
    this.#sending = memory
      .send(() => this.#upload.sendPart(full))
      .finally(() => {
        full.clear();
        memory.release();
      });
    // Its failure is the next step's; without this it would count as one that nobody hears of.
    this.#sending.catch(() => undefined);
  }

  async #newPart(): Promise<P> {
    await this.#options.memory.acquire();
    return this.#upload.newPart();
  }

  #release(): void {
    if (this.#part === undefined) return;
    this.#part.clear();
    this.#part = undefined;
    this.#options.memory.release();
  }

  /** Once a step has failed, the object is not what the caller wrote and must not be completed. */
  async #step(work: () => Promise<void>): Promise<void> {
    if (this.#state !== "open") {
      throw new InvalidStateError(`Cannot go on writing ${this.#upload.what}: its writer is ${this.#state}`);
    }
    try {
      this.#options.signal?.throwIfAborted();
      this.#pending = work();
      await this.#pending;
    } catch (error) {
      if (this.#state === "open") this.#state = "failed";
      throw error;
    }
  }
}
