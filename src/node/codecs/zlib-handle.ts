/**
 * The internal handle of a `node:zlib` stream, called on this thread.
 *
 * Node's streams cannot decode into a given buffer: each step allocates one, fills it on a libuv thread, joins and
 * copies. Their handle writes at a given offset, and decodes 1.7 times as much per second as `inflateSync`
 * (docs/decisions/0048). It is undocumented, so on a Node that lacks it the streams are used instead.
 */
import type { Transform } from "node:stream";

interface Handle {
  /** Sets the stream's `_writeState` to the bytes left of output and of input. */
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

/** A stream of `node:zlib`, with its internal fields. */
type HandledStream = Transform & { readonly _handle?: unknown; readonly _writeState?: unknown };

export class ZlibHandle {
  readonly #stream: Transform;
  readonly #handle: Handle;
  readonly #left: Uint32Array;
  #failure: Error | undefined;
  #isClosed = false;

  /** The handle of a stream that nobody else uses. If it has no usable one, closes the stream: `undefined`. */
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
   * Processes `input` from `inputAt` on, until it is used up or `output`, from `outputAt` on, is full.
   * @param flush one of `node:zlib`'s constants
   * @throws Error when the input is damaged, or after `close`, when Node itself would abort the process
   */
  step(flush: number, input: Uint8Array, inputAt: number, output: Uint8Array, outputAt: number): void {
    if (this.#isClosed) throw new Error("the decoder was closed");
    const [length, room] = [input.length - inputAt, output.length - outputAt];
    this.#handle.writeSync(flush, input, inputAt, length, output, outputAt, room);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Frees zlib's state. */
  close(): void {
    this.#isClosed = true;
    this.#stream.destroy();
  }
}

function isHandle(value: unknown): value is Handle {
  if (typeof value !== "object" || value === null) return false;
  return "onerror" in value && "writeSync" in value && typeof value.writeSync === "function";
}
