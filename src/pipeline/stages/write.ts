/**
 * write: writes verified ranges to the target, a few at once. Each byte comes once, so their order does not matter, and
 * zeros are skipped if the target already reads as zeros.
 */
import { orAborted } from "../../aborted.js";
import type { VolumeTarget } from "../../sources/volume.js";
import { WritableStream } from "../../streams.js";
import type { StageMeter } from "../run/profile.js";
import type { RestoredObjects } from "../run/restored-objects.js";
import type { Progress } from "../run/run.js";
import type { VerifiedRange } from "./piece.js";

/** Writes in progress at once; each holds a buffer. */
const WRITES_MAX = 3;

export interface WriterOptions {
  readonly progress: Progress;
  readonly restored: RestoredObjects;
  readonly meter?: StageMeter | undefined;
  /** Ends the wait for stable storage, which may take minutes on a slow device. */
  readonly signal: AbortSignal;
}

/** Writes ranges to a target. It belongs to the run, which waits for writes that a failed pipeline left in progress. */
export class TargetWriter {
  readonly #target: VolumeTarget | undefined;
  readonly #progress: Progress;
  readonly #restored: RestoredObjects;
  readonly #meter: StageMeter | undefined;
  readonly #signal: AbortSignal;
  /** Never reject; `#failure` keeps the first error. */
  readonly #writes = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  /** @param target `undefined` to write nowhere, for a verification */
  constructor(target: VolumeTarget | undefined, { progress, restored, meter, signal }: WriterOptions) {
    this.#target = target;
    this.#progress = progress;
    this.#restored = restored;
    this.#meter = meter;
    this.#signal = signal;
  }

  async add(range: VerifiedRange): Promise<void> {
    const target = this.#target;
    this.#meter?.take(range.bytes.length);
    if (target === undefined || (range.isZero && target.isZeroed)) {
      this.#complete(range);
      return;
    }
    this.#meter?.start();
    const write = target
      .write(range.bytes, range.offset)
      .then(
        () => this.#complete(range),
        (error: unknown) => {
          this.#failure ??= { error };
        },
      )
      .finally(() => {
        this.#meter?.end();
        this.#writes.delete(write);
      });
    this.#writes.add(write);
    if (this.#writes.size >= WRITES_MAX) await Promise.race(this.#writes);
    this.#throwFailure();
  }

  /** Resolves when everything is on stable storage. */
  async complete(): Promise<void> {
    await this.settle();
    this.#throwFailure();
    this.#meter?.start();
    if (this.#target !== undefined) await orAborted(this.#target.sync(), this.#signal);
    this.#meter?.end();
  }

  /** Resolves when no write is in progress. */
  async settle(): Promise<void> {
    await Promise.all(this.#writes);
  }

  #complete({ planned, bytes, buffer }: VerifiedRange): void {
    buffer.release();
    this.#restored.written(planned, bytes.length);
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
