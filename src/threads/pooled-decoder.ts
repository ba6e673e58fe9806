/** Decodes one object on a thread of a pool. */
import type { Decoder } from "../codecs/codec.js";
import type { WorkerLane, Workers } from "../ports.js";

let nextStream = 0;

export interface PooledDecoderOptions {
  /** As the threads know it. */
  readonly codec: string;
  readonly plainMax: number | undefined;
}

export class PooledDecoder implements Decoder {
  readonly #lane: WorkerLane;
  readonly #stream = nextStream++;
  readonly #opened: Promise<unknown>;

  constructor(workers: Workers, { codec, plainMax }: PooledDecoderOptions) {
    this.#lane = workers.laneFor("decode");
    this.#opened = this.#lane.run("decode", { stream: this.#stream, codec, plainMax });
    // Shows in the calls, which the thread works off after this one.
    this.#opened.catch(() => {});
  }

  async write(encoded: Uint8Array, isLast: boolean): Promise<void> {
    await this.#opened;
    await this.#lane.run("decode-write", { stream: this.#stream, bytes: encoded, isLast });
  }

  async fill(window: Uint8Array): Promise<number> {
    await this.#opened;
    return (await this.#lane.run("decode-fill", { stream: this.#stream, window })) as number;
  }

  close(): void {
    this.#lane.run("decode-close", { stream: this.#stream }).catch(() => {});
  }
}
