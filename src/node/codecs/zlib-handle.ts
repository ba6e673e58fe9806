/**
 * What lies under the streams of `node:zlib`, called on this thread.
 *
 * Node's streams have no way to say where plain bytes go: each step is a buffer of its own, made, filled on a thread of
 * libuv's, joined and copied. Their handle takes the place to write to, and decodes 1.7 times as much in a second as
 * `inflateSync` (docs/decisions/0048). It is not documented, so a Node that lacks it is noticed and left to its streams.
 */
import type { Transform } from "node:stream";

interface Handle {
  /** Sets the stream's `_writeState` to what is left of output and of input, bytes. */
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void;
  onerror: (message: string) => void;
}

/** As the streams of `node:zlib` are. */
type HandledStream = Transform & { readonly _handle?: unknown; readonly _writeState?: unknown };

export class ZlibHandle {
  readonly #stream: Transform;
  readonly #handle: Handle;
  readonly #left: Uint32Array;
  #failure: Error | undefined;
  #isClosed = false;

  /** The handle of a stream that nothing else uses; nothing, and the stream is closed, where it has none such. */
  static under(stream: HandledStream): ZlibHandle | undefined {
    const { _handle: handle, _writeState: left } = stream;
    if (isHandle(handle) && left instanceof Uint32Array) return new ZlibHandle(stream, handle, left);
    stream.destroy();
    return undefined;
  }

  private constructor(stream: Transform, handle: Handle, left: Uint32Array) {
    this.#stream = stream;
    this.#handle = handle;
    this.#left = left;
    handle.onerror = (message) => {
      this.#failure ??= new Error(message);
    };
  }

  /** Bytes of output that the last step did not fill. */
  get roomLeft(): number {
    return this.#left[0]!;
  }

  /** Bytes of input that the last step did not take. */
  get inputLeft(): number {
    return this.#left[1]!;
  }

  /**
   * Works on `input` from `inputAt` on, until it is taken or `output` is full from `outputAt` on.
   * @param flush one of `node:zlib`'s constants
   * @throws Error when the input is damaged, and when it was closed, where Node would end the process
   */
  step(flush: number, input: Uint8Array, inputAt: number, output: Uint8Array, outputAt: number): void {
    if (this.#isClosed) throw new Error("the decoder was closed");
    const [length, room] = [input.length - inputAt, output.length - outputAt];
    this.#handle.writeSync(flush, input, inputAt, length, output, outputAt, room);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Frees what zlib holds. */
  close(): void {
    this.#isClosed = true;
    this.#stream.destroy();
  }
}

function isHandle(value: unknown): value is Handle {
  if (typeof value !== "object" || value === null) return false;
  return "onerror" in value && "writeSync" in value && typeof value.writeSync === "function";
}
