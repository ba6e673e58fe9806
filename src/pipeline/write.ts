/**
 * write: verified ranges to the target, a few at once. Each byte comes once, so their order does not matter, and zeros
 * may be left out where zeros are already.
 */
import type { VolumeTarget } from "../sources/volume.js";
import { WritableStream } from "../streams.js";
import type { VerifiedRange } from "./part.js";
import type { Progress } from "./run.js";

/** Writes under way at once; each holds a buffer. */
const WRITES_MAX = 3;

/** Belongs to the run, so that it can wait for the writes that a failed pipeline left under way. */
export class TargetWriter {
  readonly #target: VolumeTarget | undefined;
  readonly #progress: Progress;
  /** Never reject; `#failure` has the first that failed. */
  readonly #writes = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  /** @param target `undefined` to write nowhere, for a verification */
  constructor(target: VolumeTarget | undefined, progress: Progress) {
    this.#target = target;
    this.#progress = progress;
  }

  async add(range: VerifiedRange): Promise<void> {
    const target = this.#target;
    if (target === undefined || (range.isZero && target.isZeroed)) {
      this.#complete(range);
      return;
    }
    const write = target
      .write(range.bytes, range.offset)
      .then(
        () => this.#complete(range),
        (error: unknown) => {
          this.#failure ??= { error };
        },
      )
      .finally(() => this.#writes.delete(write));
    this.#writes.add(write);
    if (this.#writes.size >= WRITES_MAX) await Promise.race(this.#writes);
    this.#throwFailure();
  }

  /** Resolves when everything is on stable storage. */
  async complete(): Promise<void> {
    await this.settle();
    this.#throwFailure();
    await this.#target?.sync();
  }

  /** Resolves when no write is under way. */
  async settle(): Promise<void> {
    await Promise.all(this.#writes);
  }

  #complete({ bytes, buffer }: VerifiedRange): void {
    buffer.release();
    this.#progress.bytesDone += bytes.length;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** The last stage of a restore: verified ranges in, bytes in the writer's target. It closes when all is durable. */
export function write(writer: TargetWriter): WritableStream<VerifiedRange> {
  return new WritableStream<VerifiedRange>({
    write: (range) => writer.add(range),
    close: () => writer.complete(),
  });
}
