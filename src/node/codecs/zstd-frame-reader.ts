/** Reads a frame of zstd data with a stream of `node:zlib`, which checks the content size and the checksum. */
import type { Emit, FrameReader } from "../../codecs/zstd/frames/decoder.js";
import { decompressing, type NativeZstd, type ZstdStream } from "./zstd-native.js";

/** Plain bytes come in pieces of this size at most. */
export const OUTPUT_STEP: number = 128 * 1024;
/** By libuv's threads. */
export function nativeFrameReader(native: NativeZstd, emit: Emit): FrameReader {
  return new StreamFrameReader(decompressing(native, OUTPUT_STEP), emit);
}

class StreamFrameReader implements FrameReader {
  readonly #stream: ZstdStream;
  readonly #emit: Emit;
  #error: Error | undefined;
  #hasEnded = false;
  #isClosed = false;
  #wake = (): void => {};

  constructor(stream: ZstdStream, emit: Emit) {
    this.#stream = stream;
    this.#emit = emit;
    this.#stream.on("readable", () => this.#wake());
    this.#stream.once("end", () => {
      this.#hasEnded = true;
      this.#wake();
    });
    this.#stream.once("close", () => {
      this.#isClosed = true;
      this.#wake();
    });
    this.#stream.on("error", (error) => {
      this.#error ??= error;
      this.#wake();
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    let isTaken = false;
    this.#stream.write(bytes, () => {
      isTaken = true;
      this.#wake();
    });
    await this.#drainUntil(() => isTaken);
  }

  async finish(checksum: Uint8Array): Promise<void> {
    if (checksum.length > 0) await this.write(checksum);
    this.#stream.end();
    await this.#drainUntil(() => this.#hasEnded);
  }

  close(): void {
    this.#stream.destroy();
  }

  /** Hands on what comes out, at the pace at which it is taken. */
  async #drainUntil(isDone: () => boolean): Promise<void> {
    for (;;) {
      const awake = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if (this.#error !== undefined) throw this.#error;
      const plain = this.#stream.read() as Uint8Array<ArrayBuffer> | null;
      if (plain !== null) await this.#emit(plain);
      else if (isDone()) return;
      else if (this.#isClosed) throw new Error("the decoder was closed");
      else await awake;
    }
  }
}
