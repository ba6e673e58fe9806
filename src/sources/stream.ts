/** Volumes that come and go as streams of bytes, such as pipes, request bodies and files of a web page. */
import { orAborted } from "../aborted.js";
import { isAshlarError, StorageError } from "../errors.js";
import type { VolumeOutput, VolumeStream } from "./volume.js";

/** Options of `streamSource`. */
export interface StreamSourceOptions {
  /** The stream's name in errors. @default {"the stream"} */
  readonly name?: string | undefined;
}

/** A volume of all bytes of `stream`, which is locked from now on. Closing it cancels the stream. */
export function streamSource(
  stream: ReadableStream<Uint8Array>,
  { name = "the stream" }: StreamSourceOptions = {},
): VolumeStream {
  return new StreamSource(stream.getReader(), name);
}

class StreamSource implements VolumeStream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #name: string;
  #rest: Uint8Array = new Uint8Array(0);
  #size = 0;

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>, name: string) {
    this.#reader = reader;
    this.#name = name;
  }

  get size(): number {
    return this.#size;
  }

  async readNext(buffer: Uint8Array, signal: AbortSignal): Promise<number> {
    let done = 0;
    while (done < buffer.length) {
      if (this.#rest.length === 0) {
        const next = await this.#next(signal);
        if (next === undefined) break;
        this.#rest = next;
      }
      const bytes = this.#rest.subarray(0, buffer.length - done);
      buffer.set(bytes, done);
      this.#rest = this.#rest.subarray(bytes.length);
      done += bytes.length;
    }
    this.#size += done;
    return done;
  }

  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => undefined);
  }

  async #next(signal: AbortSignal): Promise<Uint8Array | undefined> {
    const read = this.#reader.read().catch((error: unknown) => {
      if (isAshlarError(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      const message = `Cannot read ${this.#name} after ${this.#size} bytes: ${reason}`;
      throw new StorageError(message, { call: "read", cause: error });
    });
    const { done, value } = await orAborted(read, signal);
    return done ? undefined : value;
  }
}

/** Writes a volume's bytes to `stream`, which gets copies that it may keep, and is closed at the end. */
export function streamOutput(stream: WritableStream<Uint8Array>): VolumeOutput {
  const writer = stream.getWriter();
  return {
    async write(bytes) {
      await writer.ready;
      await writer.write(new Uint8Array(bytes));
    },
    finish: () => writer.close(),
  };
}
