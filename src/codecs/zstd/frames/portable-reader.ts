/** Decodes a zstd frame in TypeScript, and checks its content against its checksum. */
import { bytesEqual } from "../../../bytes.js";
import { checksumOf, type Xxh64, type Xxh64Pool } from "../checksum.js";
import type { FrameReader } from "./decoder.js";
import { FrameDecoder } from "./frame-decoder.js";
import type { FrameHeader } from "./frames.js";

export class PortableFrameReader implements FrameReader {
  readonly #decoder: FrameDecoder;
  readonly #hashes: Xxh64Pool;
  #hash: Xxh64 | undefined;
  #isInHeader = true;

  private constructor(decoder: FrameDecoder, hashes: Xxh64Pool) {
    this.#decoder = decoder;
    this.#hashes = hashes;
  }

  /** @param plainMax the most plain bytes that the frame may have */
  static async open(header: FrameHeader, plainMax: number, hashes: Xxh64Pool): Promise<FrameReader> {
    const reader = new PortableFrameReader(new FrameDecoder(header, plainMax), hashes);
    if (header.hasChecksum) reader.#hash = await hashes.take();
    return reader;
  }

  async *write(bytes: Uint8Array, isBlockEnd: boolean): AsyncGenerator<Uint8Array, void, void> {
    // The scanner has parsed the header already.
    if (this.#isInHeader) {
      this.#isInHeader = false;
      return;
    }
    this.#decoder.add(bytes);
    if (!isBlockEnd) return;
    const plain = this.#decoder.decode();
    this.#hash?.update(plain);
    yield plain;
  }

  // biome-ignore lint/correctness/useYield: the last block's bytes were yielded with the block
  async *finish(checksum: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
    if (this.#hash !== undefined && !bytesEqual(checksumOf(this.#hash), checksum))
      throw new Error("a frame's content does not match its checksum");
  }

  close(): void {
    if (this.#hash !== undefined) this.#hashes.release(this.#hash);
    this.#hash = undefined;
  }
}
