/**
 * Decoding of zstd data that others may have written: frames of any size, with or without their content size, several
 * of them, and frames to skip between them. Each plain byte waits to be taken, so memory is bounded by the window.
 */
import type { Decoder } from "./codec.js";
import { type FrameHeader, FrameScanner } from "./zstd-frames.js";

/** Takes plain bytes, which it may keep, and resolves when there is demand for more. */
export type Emit = (plain: Uint8Array<ArrayBuffer>) => Promise<void>;

/** Decodes one frame. */
export interface FrameReader {
  /** Takes the next bytes of the frame, the header's included; they may be reused once the promise settles. */
  write(bytes: Uint8Array, isBlockEnd: boolean): Promise<void>;
  /** After the last block. @param checksum what the frame has at its end: four bytes, or none */
  finish(checksum: Uint8Array): Promise<void>;
  /** Instead of `finish`, or after it: frees what the host holds. */
  close(): void;
}

export type OpenFrame = (header: FrameHeader, emit: Emit) => Promise<FrameReader>;

/** @param openFrame what decodes the frames */
export function zstdDecoder(openFrame: OpenFrame): Decoder {
  // An identity stream: a write to it resolves when what was written has been asked for.
  const plain = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const writer = plain.writable.getWriter();
  const frames = new FrameSequence(openFrame, (bytes) => writer.write(bytes));
  // Its failures show in `write`.
  writer.closed.catch(() => frames.close());
  const writable = new WritableStream<Uint8Array>({
    start(controller) {
      // A write may be waiting for its plain bytes to be taken, and would hold up the abort.
      const { signal } = controller;
      signal.addEventListener("abort", () => void writer.abort(signal.reason).catch(() => {}));
    },
    async write(bytes) {
      try {
        await frames.write(bytes);
      } catch (error) {
        await fail(error);
      }
    },
    async close() {
      try {
        frames.finish();
      } catch (error) {
        await fail(error);
      }
      await writer.close();
    },
    abort: (reason) => fail(reason).catch(() => {}),
  });
  async function fail(error: unknown): Promise<never> {
    frames.close();
    await writer.abort(error).catch(() => {});
    throw error;
  }
  return { writable, readable: plain.readable };
}

/** Hands the frames of the data to their readers in turn, and holds each to the size it says it has. */
class FrameSequence {
  readonly #scanner = new FrameScanner();
  readonly #openFrame: OpenFrame;
  readonly #emit: Emit;
  #header: FrameHeader | undefined;
  #reader: FrameReader | undefined;
  #length = 0;

  constructor(openFrame: OpenFrame, emit: Emit) {
    this.#openFrame = openFrame;
    this.#emit = emit;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (const part of this.#scanner.scan(bytes)) {
      if (part.kind === "header") {
        this.#header = part.header;
        this.#length = 0;
        this.#reader = await this.#openFrame(part.header, (plain) => this.#take(plain));
        await this.#reader.write(part.bytes, false);
      } else if (part.kind === "block") {
        await this.#reader!.write(part.bytes, part.isBlockEnd);
      } else {
        await this.#reader!.finish(part.bytes);
        this.close();
        const { contentSize = this.#length } = this.#header!;
        if (this.#length < contentSize) throw new Error("a frame is shorter than it says");
      }
    }
  }

  finish(): void {
    this.#scanner.finish();
  }

  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }

  async #take(plain: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#length += plain.length;
    const { contentSize = this.#length } = this.#header!;
    if (this.#length > contentSize) throw new Error("a frame is longer than it says");
    if (plain.length > 0) await this.#emit(plain);
  }
}
