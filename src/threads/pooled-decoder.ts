/** Decodes one object on a thread of a pool. */
import type { Codec, Decoder } from "../codecs/codec.js";
import type { ThreadPool } from "./pool.js";
import { nextStream, type TaskRunner } from "./task-table.js";

export interface PooledDecoderOptions {
  /** The codec, as the threads know it. */
  readonly codec: Codec["id"];
  readonly plainMax: number | undefined;
}

export class PooledDecoder implements Decoder {
  readonly #thread: TaskRunner;
  readonly #stream = nextStream();

  constructor(pool: Pick<ThreadPool, "threadFor">, { codec, plainMax }: PooledDecoderOptions) {
    this.#thread = pool.threadFor("decode-open");
    // After a failure the calls reject, because they find no decoder.
    this.#thread.run("decode-open", { stream: this.#stream, codec, plainMax }).catch(() => {});
  }

  async write(encoded: Uint8Array, isLast: boolean): Promise<void> {
    await this.#thread.run("decode-write", { stream: this.#stream, encoded, isLast });
  }

  fill(window: Uint8Array): Promise<number> {
    return this.#thread.run("decode-fill", { stream: this.#stream, window });
  }

  close(): void {
    this.#thread.run("decode-close", { stream: this.#stream }).catch(() => {});
  }
}
