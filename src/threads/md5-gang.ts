/**
 * MD5s of several streams on one thread, up to four of them at once (`kernels/md5-lanes.ts`).
 *
 *     while any stream has waiting bytes: send the first piece of up to four streams to the thread, in one task
 *
 * Pieces that arrive while a task is running wait for the next task, so the lanes fill by themselves when MD5s are the
 * bottleneck of a run.
 */
import { MD5_LANES } from "../kernels/lane-count.js";
import type { StreamMd5 } from "../pipeline/run/compute.js";
import { MIB } from "../units.js";
import { nextStream, type TaskRunner } from "./task-table.js";

interface Piece {
  readonly bytes: Uint8Array;
  done(): void;
  fail(error: unknown): void;
}

let zeros: Uint8Array | undefined;

/** Shared where memory can be: then no thread gets a copy. */
function newZeros(): Uint8Array {
  if (typeof SharedArrayBuffer !== "function") return new Uint8Array(MIB);
  return new Uint8Array(new SharedArrayBuffer(MIB));
}

export class Md5Gang {
  readonly #thread: TaskRunner;
  /** Streams with waiting pieces, longest wait first. */
  readonly #waiting = new Map<GangMd5, Piece[]>();
  readonly #open = new Set<GangMd5>();
  #isSending = false;

  constructor(thread: TaskRunner) {
    this.#thread = thread;
  }

  start(): StreamMd5 {
    const md5: GangMd5 = new GangMd5(this, this.#thread, () => this.#open.delete(md5));
    this.#open.add(md5);
    return md5;
  }

  /** Resolves when `bytes` have been read. */
  add(md5: GangMd5, bytes: Uint8Array): Promise<void> {
    return new Promise((done, fail) => {
      const pieces = this.#waiting.get(md5) ?? [];
      pieces.push({ bytes, done, fail });
      this.#waiting.set(md5, pieces);
      void this.#send();
    });
  }

  /** Drops all unfinished MD5s at the end of the run. */
  close(): void {
    this.#waiting.clear();
    for (const md5 of this.#open) md5.drop();
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    // One turn later, so that streams that arrive together are sent together.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      const sent = [...this.#waiting].slice(0, MD5_LANES).map(([md5, pieces]) => {
        const piece = pieces.shift()!;
        this.#waiting.delete(md5);
        if (pieces.length > 0) this.#waiting.set(md5, pieces);
        return { stream: md5.stream, piece };
      });
      const streams = sent.map(({ stream }) => stream);
      const pieces = sent.map(({ piece }) => piece.bytes);
      try {
        await this.#thread.run("lanes-update", { streams, pieces });
        for (const { piece } of sent) piece.done();
      } catch (error) {
        for (const { piece } of sent) piece.fail(error);
      }
    }
    this.#isSending = false;
  }
}

class GangMd5 implements StreamMd5 {
  readonly stream: number = nextStream();
  readonly #gang: Md5Gang;
  readonly #thread: TaskRunner;
  readonly #onEnd: () => void;
  /** Resolves when all bytes so far have been read. */
  #read: Promise<unknown> = Promise.resolve();

  constructor(gang: Md5Gang, thread: TaskRunner, onEnd: () => void) {
    this.#gang = gang;
    this.#thread = thread;
    this.#onEnd = onEnd;
  }

  update(bytes: Uint8Array): Promise<void> {
    const read = this.#gang.add(this, bytes);
    this.#read = Promise.all([this.#read, read]);
    this.#read.catch(() => {});
    return read;
  }

  updateZeros(length: number): void {
    zeros ??= newZeros();
    for (let left = length; left > 0; left -= zeros.length)
      // `hex` rejects with a failure too.
      this.update(zeros.subarray(0, left)).catch(() => {});
  }

  async hex(): Promise<string> {
    try {
      await this.#read;
      return await this.#thread.run("lanes-end", { stream: this.stream });
    } finally {
      this.#onEnd();
    }
  }

  drop(): void {
    this.#thread.run("lanes-drop", { stream: this.stream }).catch(() => {});
  }
}
