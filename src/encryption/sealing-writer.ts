/**
 * Encrypts an object while it is written. A full segment is kept until more bytes come, because the last segment of an
 * object is encrypted as the last: a reader notices if the end is missing.
 */
import type { ObjectWriter } from "../sinks/sink.js";
import type { WriterSteps } from "../sinks/writer-steps.js";
import { SEGMENT_SIZE } from "./layout.js";
import type { ObjectCipher } from "./repository-key.js";

const SEGMENT_SIZE_FIRST: number = 32 * 1024;
const GROWTH = 4;

export class SealingWriter implements ObjectWriter {
  readonly #inner: ObjectWriter;
  readonly #cipher: ObjectCipher;
  readonly #steps: WriterSteps;
  /** Grows to a segment: most objects of an incremental backup are small. */
  #segment = new Uint8Array(SEGMENT_SIZE_FIRST);
  #filled = 0;
  #index = 0;

  /** @param inner an object of which nothing is written yet */
  constructor(inner: ObjectWriter, cipher: ObjectCipher, steps: WriterSteps) {
    this.#inner = inner;
    this.#cipher = cipher;
    this.#steps = steps;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#steps.step(() => this.#write(bytes));
  }

  async close(): Promise<void> {
    await this.#steps.close(async () => {
      await this.#seal(true);
      this.#steps.check();
      await this.#inner.close();
    });
  }

  async abort(): Promise<void> {
    if (await this.#steps.abort()) await this.#inner.abort();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let position = 0; position < bytes.length; ) {
      if (this.#filled === SEGMENT_SIZE) await this.#seal(false);
      const part = bytes.subarray(position, position + SEGMENT_SIZE - this.#filled);
      this.#makeRoom(this.#filled + part.length);
      this.#segment.set(part, this.#filled);
      this.#filled += part.length;
      position += part.length;
    }
  }

  #makeRoom(size: number): void {
    if (size <= this.#segment.length) return;
    const grown = this.#segment.length * GROWTH;
    const larger = new Uint8Array(size <= grown ? Math.min(grown, SEGMENT_SIZE) : SEGMENT_SIZE);
    larger.set(this.#segment.subarray(0, this.#filled));
    this.#segment = larger;
  }

  async #seal(isLast: boolean): Promise<void> {
    if (this.#index === 0) await this.#inner.write(this.#cipher.header.bytes);
    const plain = this.#segment.subarray(0, this.#filled);
    await this.#inner.write(await this.#cipher.seal(plain, this.#index, isLast));
    this.#index++;
    this.#filled = 0;
  }
}
