/** A file of Deno's as a volume. */
import { StorageError, UsageError, type VolumeSource } from "../../src/index.js";
import { type DenoFile, deno } from "./deno.js";

export class DenoFileSource implements VolumeSource {
  readonly size: number;
  readonly #path: string;
  readonly #file: DenoFile;
  /** Deno's files have one cursor, so that reads take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(path: string, file: DenoFile, size: number) {
    this.#path = path;
    this.#file = file;
    this.size = size;
  }

  /** @throws UsageError for what is no file, or is empty; StorageError */
  static async open(path: string): Promise<DenoFileSource> {
    const file = await deno.open(path, { read: true }).catch((cause: unknown) => {
      throw new StorageError(`Cannot open ${JSON.stringify(path)}: ${textOf(cause)}`, {
        call: "open",
        cause,
      });
    });
    const { size, isFile } = await file.stat();
    if (isFile && size > 0) return new DenoFileSource(path, file, size);
    file.close();
    const state = isFile ? "it is empty" : "it is no file";
    throw new UsageError(
      `Cannot use ${JSON.stringify(path)} as a volume: ${state}; want a file of at least one byte`,
    );
  }

  async readInto(buffer: Uint8Array, offset: number): Promise<void> {
    const reading = this.#turn.then(() => this.#read(buffer, offset));
    this.#turn = reading.catch(() => undefined);
    await reading;
  }

  async close(): Promise<void> {
    await this.#turn;
    this.#file.close();
  }

  async #read(buffer: Uint8Array, offset: number): Promise<void> {
    if (offset < 0 || offset + buffer.length > this.size)
      throw this.#failure(offset, `the volume has ${this.size} bytes`);
    let done = 0;
    try {
      await this.#file.seek(offset, 0);
      while (done < buffer.length) {
        const count = await this.#file.read(buffer.subarray(done));
        if (count === null) break;
        done += count;
      }
    } catch (error) {
      throw this.#failure(offset, textOf(error), error);
    }
    if (done < buffer.length) throw this.#failure(offset + done, "the file has become shorter");
  }

  #failure(offset: number, state: string, cause?: unknown): StorageError {
    return new StorageError(`Cannot read ${JSON.stringify(this.#path)} at offset ${offset}: ${state}`, {
      call: "read",
      cause,
    });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
