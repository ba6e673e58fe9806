/** Reads a frame of zstd data with `node:zlib` on the calling thread. It checks the content size and the checksum. */
import type { Emit, FrameReader } from "../codecs/zstd-decoder.js";
import type { ZlibHandle } from "./zlib-handle.js";
import { OUTPUT_STEP } from "./zstd-frame-reader.js";

/** `ZSTD_e_continue`; decoding knows no other. */
const CONTINUE = 0;

export class HandleFrameReader implements FrameReader {
  readonly #handle: ZlibHandle;
  readonly #emit: Emit;
  /** Where plain bytes go, from `#at` on; another when it is full. */
  #step: Uint8Array<ArrayBuffer> = new Uint8Array(OUTPUT_STEP);
  #at = 0;

  constructor(handle: ZlibHandle, emit: Emit) {
    this.#handle = handle;
    this.#emit = emit;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let taken = 0, isDone = false; !isDone; ) {
      this.#handle.step(CONTINUE, bytes, taken, this.#step, this.#at);
      const { inputLeft, roomLeft } = this.#handle;
      taken = bytes.length - inputLeft;
      isDone = inputLeft === 0 && roomLeft > 0;
      // With room and input left zstd would have gone on, had the frame not ended.
      if (inputLeft > 0 && roomLeft > 0) throw new Error("bytes follow the end of the frame");
      const plain = this.#step.subarray(this.#at, this.#step.length - roomLeft);
      this.#at += plain.length;
      if (roomLeft === 0) this.#nextStep();
      if (plain.length > 0) await this.#emit(plain);
    }
  }

  async finish(checksum: Uint8Array): Promise<void> {
    if (checksum.length > 0) await this.write(checksum);
  }

  close(): void {
    this.#handle.close();
  }

  #nextStep(): void {
    this.#step = new Uint8Array(OUTPUT_STEP);
    this.#at = 0;
  }
}
