/**
 * Writes one object: what fits into a part goes as it is, in one request; what does not, as a multipart upload of which
 * one part is on its way while the next is filled. Both appear whole or not at all.
 */

import { InvalidStateError } from "../../errors.js";
import type { ObjectWriter } from "../sink.js";
import { Part } from "./part.js";
import type { ObjectPut } from "./put.js";

export class S3Writer implements ObjectWriter {
  readonly #put: ObjectPut;
  readonly #partSize: number;
  readonly #signal: AbortSignal | undefined;
  #part: Part;
  /** The part that is on its way; rejects as its request does. */
  #sending: Promise<void> = Promise.resolve();
  #pending: Promise<void> = Promise.resolve();
  #state: "open" | "failed" | "aborted" | "closed" = "open";

  constructor(put: ObjectPut, { partSize, signal }: { partSize: number; signal: AbortSignal | undefined }) {
    this.#put = put;
    this.#partSize = partSize;
    this.#signal = signal;
    this.#part = this.#newPart();
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#step(async () => {
      for (let taken = 0; taken < bytes.length; ) {
        if (this.#part.isFull) await this.#sendFull();
        taken += this.#part.append(bytes.subarray(taken));
      }
    });
  }

  async close(): Promise<void> {
    await this.#step(async () => {
      await this.#sending;
      if (this.#put.isMultipart) {
        await this.#put.sendPart(this.#part.seal());
        await this.#put.complete();
      } else {
        await this.#put.sendWhole(this.#part.seal());
      }
      this.#state = "closed";
      this.#part.clear();
    });
  }

  async abort(): Promise<void> {
    if (this.#state === "open") this.#state = "aborted";
    // A part that arrives after its upload was aborted would be left over.
    await Promise.allSettled([this.#pending, this.#sending]);
    if (this.#state === "closed") return;
    this.#part.clear();
    await this.#put.abort();
  }

  /** Begins to send the part that is full, once the one before it has arrived. */
  async #sendFull(): Promise<void> {
    await this.#sending;
    const full = this.#part;
    this.#part = this.#newPart();
    this.#sending = this.#put.sendPart(full.seal()).then(() => full.clear());
    // Its failure is the next step's; without this it would count as one that nobody hears of.
    this.#sending.catch(() => undefined);
  }

  #newPart(): Part {
    return new Part({ ...this.#put.bodyOptions, capacity: this.#partSize });
  }

  /** Once a step has failed, the object is not what the caller wrote and must not be completed. */
  async #step(work: () => Promise<void>): Promise<void> {
    if (this.#state !== "open") {
      throw new InvalidStateError(`Cannot go on writing ${this.#put.what}: its writer is ${this.#state}`);
    }
    try {
      this.#signal?.throwIfAborted();
      this.#pending = work();
      await this.#pending;
    } catch (error) {
      if (this.#state === "open") this.#state = "failed";
      throw error;
    }
  }
}
