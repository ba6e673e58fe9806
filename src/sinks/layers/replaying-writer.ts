/** Writes an object and keeps its bytes, as long as they fit, so that it can be written anew. */

import { InvalidStateError } from "../../errors.js";
import { MemoryBody } from "../http/memory-body.js";
import type { ObjectWriter } from "../sink.js";
import type { Retries } from "./backoff.js";
import { mayRetry } from "./retry.js";

export interface Replaying {
  readonly create: () => Promise<ObjectWriter>;
  readonly retries: Retries;
  /** Bytes. */
  readonly replaySize: number;
}

export class ReplayingWriter implements ObjectWriter {
  readonly #replaying: Replaying;
  #writer: ObjectWriter;
  /** All that was written; `undefined` once it is too much. */
  #kept: MemoryBody | undefined;
  #isAborted = false;

  constructor(first: ObjectWriter, replaying: Replaying) {
    this.#writer = first;
    this.#replaying = replaying;
    this.#kept = new MemoryBody(replaying.replaySize);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#kept !== undefined && this.#kept.append(bytes) < bytes.length) this.#kept = undefined;
    await this.#try(() => this.#writer.write(bytes));
  }

  async close(): Promise<void> {
    await this.#try(
      () => this.#writer.close(),
      () => this.#writer.close(),
    );
    this.#kept = undefined;
  }

  async abort(): Promise<void> {
    this.#isAborted = true;
    this.#kept = undefined;
    await this.#writer.abort();
  }

  /** `again` follows once what is kept, of which `step` wrote the last, has been written anew. */
  async #try(step: () => Promise<void>, again: () => Promise<void> = async () => {}): Promise<void> {
    for (let attempt = step; ; ) {
      try {
        await attempt();
        this.#replaying.retries.restart();
        return;
      } catch (error) {
        const kept = this.#kept;
        if (kept === undefined || this.#isAborted || !(await mayRetry(error, this.#replaying.retries))) {
          throw error;
        }
        attempt = async () => {
          await this.#replay(kept);
          await again();
        };
      }
    }
  }

  async #replay(kept: MemoryBody): Promise<void> {
    await this.#writer.abort();
    const writer = await this.#replaying.create();
    if (this.#isAborted) {
      await writer.abort();
      throw new InvalidStateError("Cannot go on writing an object: its writer is aborted");
    }
    this.#writer = writer;
    for (const slab of kept.slabs()) await writer.write(slab);
  }
}
