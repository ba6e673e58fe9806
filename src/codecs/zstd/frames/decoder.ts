/**
 * Decoding of zstd data that others may have written: frames of any size, with or without their content size, several
 * of them, and frames to skip between them. Each plain byte waits to be taken, so memory is bounded by the window.
 */

import { WritableStream } from "../../../streams.js";
import type { Decoder } from "../../codec.js";
import { Outlet } from "../../outlet.js";
import { type FrameHeader, FrameScanner } from "./frames.js";

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
  const outlet = new Outlet(() => frames.close());
  const frames = new FrameSequence(openFrame, (plain) => outlet.put(plain));
  const orFail = async (work: () => void | Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      frames.close();
      outlet.fail(error);
      throw error;
    }
  };
  const writable = new WritableStream<Uint8Array>({
    start({ signal }) {
      // Not in `abort`: that is called only after a write that may be waiting for the reader.
      signal.addEventListener("abort", () => outlet.fail(signal.reason));
    },
    write: (bytes) => orFail(() => frames.write(bytes)),
    async close() {
      await orFail(() => frames.finish());
      outlet.close();
    },
    abort: () => frames.close(),
  });
  return { writable, readable: outlet.readable };
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
