/** Restores to a file of a web page: one that the user chose, or one in the origin's private file system. */
import { unsharedBytes } from "../bytes.js";
import { StorageError } from "../errors.js";
import { checkRange } from "./range.js";
import type { VolumeTarget } from "./volume.js";

/** A file that is being restored to; the restore can be abandoned. */
export interface WritableFileTarget extends VolumeTarget {
  /** Abandons the writes: the file stays as it was before. Never rejects; has no effect after `close`. */
  abort(): Promise<void>;
}

/**
 * Makes the stream's file `size` zero bytes, and writes into it. Browsers write to a second file, which replaces the
 * first when the target is closed; `sync` does nothing, because they have no call for it.
 * @param stream from `createWritable()` without `keepExistingData`
 * @throws StorageError if there is not enough room
 */
export async function writableFileTarget(
  stream: FileSystemWritableFileStream,
  { size }: { readonly size: number },
): Promise<WritableFileTarget> {
  try {
    await stream.truncate(size);
  } catch (error) {
    await stream.abort().catch(() => {});
    throw fileError(error, `make a file of ${size} bytes`);
  }
  return new StreamTarget(stream, size);
}

class StreamTarget implements WritableFileTarget {
  readonly size: number;
  readonly isZeroed = true;
  readonly #stream: FileSystemWritableFileStream;

  constructor(stream: FileSystemWritableFileStream, size: number) {
    this.#stream = stream;
    this.size = size;
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    checkRange("write", this, offset, bytes.length);
    try {
      await this.#stream.write({ type: "write", position: offset, data: unsharedBytes(bytes) });
    } catch (error) {
      throw fileError(error, `write ${bytes.length} bytes at offset ${offset}`);
    }
  }

  async sync(): Promise<void> {}

  async close(): Promise<void> {
    try {
      await this.#stream.close();
    } catch (error) {
      throw fileError(error, "complete the file");
    }
  }

  async abort(): Promise<void> {
    await this.#stream.abort().catch(() => {});
  }
}

function fileError(error: unknown, what: string): StorageError {
  const isFull = error instanceof DOMException && error.name === "QuotaExceededError";
  const reason = error instanceof Error ? error.message : String(error);
  const state = isFull
    ? "there is not enough room; free some, or choose another place"
    : `the browser says "${reason}"`;
  return new StorageError(`Cannot ${what}: ${state}`, { call: "write", cause: error });
}
