/** Reads a frame of zstd data in TypeScript, and holds its content against its checksum. */
import { bytesEqual } from "../../../bytes.js";
import { checksumOf, type Xxh64, type Xxh64Pool } from "../checksum.js";
import type { Emit, FrameReader } from "./decoder.js";
import { FrameDecoder } from "./frame-decoder.js";
import type { FrameHeader } from "./frames.js";

export class PortableFrameReader implements FrameReader {
  readonly #decoder: FrameDecoder;
  readonly #hashes: Xxh64Pool;
  readonly #emit: Emit;
  #hash: Xxh64 | undefined;
  #isInHeader = true;

  private constructor(decoder: FrameDecoder, hashes: Xxh64Pool, emit: Emit) {
    this.#decoder = decoder;
    this.#hashes = hashes;
    this.#emit = emit;
  }

  /** @param plainMax most plain bytes that the frame may have */
  static async open(
    header: FrameHeader,
    plainMax: number,
    hashes: Xxh64Pool,
    emit: Emit,
  ): Promise<FrameReader> {
    const reader = new PortableFrameReader(new FrameDecoder(header, plainMax), hashes, emit);
    if (header.hasChecksum) reader.#hash = await hashes.take();
    return reader;
  }

  async write(bytes: Uint8Array, isBlockEnd: boolean): Promise<void> {
    // The scanner has read the header already.
    if (this.#isInHeader) {
      this.#isInHeader = false;
      return;
    }
    this.#decoder.add(bytes);
    if (!isBlockEnd) return;
    const plain = this.#decoder.decode();
    this.#hash?.update(plain);
    await this.#emit(plain.slice());
  }

  async finish(checksum: Uint8Array): Promise<void> {
    if (this.#hash !== undefined && !bytesEqual(checksumOf(this.#hash), checksum)) {
      throw new Error("a frame's content does not match its checksum");
    }
  }

  close(): void {
    if (this.#hash !== undefined) this.#hashes.giveBack(this.#hash);
    this.#hash = undefined;
  }
}
