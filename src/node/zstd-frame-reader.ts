/** Reads a frame of zstd data with a stream of `node:zlib`, which checks the content size and the checksum. */
import type { Emit, FrameReader } from "../codecs/zstd-decoder.js";
import { WINDOW_SIZE_MAX } from "../codecs/zstd-frames.js";
import { ZlibHandle } from "./zlib-handle.js";
import { HandleFrameReader } from "./zstd-handle-reader.js";
import type { NativeZstd, ZstdStream } from "./zstd-native.js";

/** Plain bytes come in pieces of this size at most. */
export const OUTPUT_STEP: number = 128 * 1024;
/** The step of a stream of which only the handle is used, as small as it can be. */
const UNUSED_STEP = 64;

/** On this thread where Node's streams have a handle to use, else on libuv's. */
export function nativeFrameReader(native: NativeZstd, emit: Emit): FrameReader {
  const handle = ZlibHandle.under(decompressing(native, UNUSED_STEP));
  return handle === undefined
    ? new StreamFrameReader(decompressing(native, OUTPUT_STEP), emit)
    : new HandleFrameReader(handle, emit);
}

function decompressing(native: NativeZstd, chunkSize: number): ZstdStream {
  const params = { [native.constants.ZSTD_d_windowLogMax]: Math.log2(WINDOW_SIZE_MAX) };
  return native.createZstdDecompress({ chunkSize, params });
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
