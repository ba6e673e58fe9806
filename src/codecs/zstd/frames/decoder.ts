/**
 * Decoding of zstd data that other programs may have written: frames of any size, with or without content size, several
 * in a row, and skippable frames between them. Plain bytes are decoded on demand, so the window bounds the memory.
 */
import type { Decoder } from "../../codec.js";
import { type DecodePieces, PulledDecoder } from "../../pulled-decoder.js";
import { type FrameHeader, FrameScanner } from "./frames.js";

/** Decodes one frame. Yielded bytes stay unchanged until the next ones are requested. */
export interface FrameReader {
  /** Decodes the next bytes of the frame, starting with its header. They may be reused when the iteration has ended. */
  write(bytes: Uint8Array, isBlockEnd: boolean): AsyncIterable<Uint8Array>;
  /** Decodes the rest after the last block. @param checksum the four bytes at the frame's end, or none */
  finish(checksum: Uint8Array): AsyncIterable<Uint8Array>;
  /** Frees the reader's resources, whether the frame has ended or not. */
  close(): void;
}

export type OpenFrame = (header: FrameHeader) => Promise<FrameReader>;

/** @param openFrame makes a reader for each frame */
export function zstdDecoder(openFrame: OpenFrame): Decoder {
  return new PulledDecoder((input) => decodeFrames(input, openFrame));
}

async function* decodeFrames(
  input: Parameters<DecodePieces>[0],
  openFrame: OpenFrame,
): AsyncGenerator<Uint8Array, void, void> {
  const scanner = new FrameScanner();
  let frame: SizedFrame | undefined;
  try {
    for (let bytes = await input.next(); bytes !== undefined; bytes = await input.next()) {
      for (const part of scanner.scan(bytes)) {
        if (part.kind === "header") {
          frame = new SizedFrame(part.header, await openFrame(part.header));
          yield* frame.write(part.bytes, false);
        } else if (part.kind === "block") {
          yield* frame!.write(part.bytes, part.isBlockEnd);
        } else {
          yield* frame!.finish(part.bytes);
          frame!.close();
        }
      }
    }
    scanner.finish();
  } finally {
    frame?.close();
  }
}

/** A frame reader that checks the number of plain bytes against the content size in the header. */
class SizedFrame implements FrameReader {
  readonly #header: FrameHeader;
  readonly #reader: FrameReader;
  #length = 0;

  constructor(header: FrameHeader, reader: FrameReader) {
    this.#header = header;
    this.#reader = reader;
  }

  write(bytes: Uint8Array, isBlockEnd: boolean): AsyncIterable<Uint8Array> {
    return this.#counted(this.#reader.write(bytes, isBlockEnd));
  }

  async *finish(checksum: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
    yield* this.#counted(this.#reader.finish(checksum));
    const { contentSize = this.#length } = this.#header;
    if (this.#length < contentSize) throw new Error("a frame is shorter than its header says");
  }

  close(): void {
    this.#reader.close();
  }

  async *#counted(plain: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    for await (const piece of plain) {
      this.#length += piece.length;
      const { contentSize = this.#length } = this.#header;
      if (this.#length > contentSize) throw new Error("a frame is longer than its header says");
      yield piece;
    }
  }
}
