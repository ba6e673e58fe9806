/** Writes one object of a browser's directory: to a hidden file, which is closed and then renamed. */
import { unsharedBytes } from "../../bytes.js";
import { ObjectExistsError } from "../../errors.js";
import type { CreateOptions, ObjectWriter } from "../sink.js";
import { WriterSteps } from "../writer-steps.js";
import { directoryError, isMissing } from "./errors.js";

/** A file handle with `move`, which is not in the standard yet; Chromium, Firefox and Safari have it. */
export interface MovableFileHandle extends FileSystemFileHandle {
  move?(name: string): Promise<void>;
}

export interface DirectoryHandles {
  readonly directory: FileSystemDirectoryHandle;
  readonly file: MovableFileHandle;
  readonly stream: FileSystemWritableFileStream;
}

export interface DirectoryNames {
  readonly name: string;
  readonly unfinished: string;
}

export class DirectoryWriter implements ObjectWriter {
  readonly #handles: DirectoryHandles;
  readonly #names: DirectoryNames;
  readonly #signal: AbortSignal | undefined;
  readonly #isNew: boolean;
  readonly #steps: WriterSteps;

  constructor(handles: DirectoryHandles, names: DirectoryNames, { signal, isNew = false }: CreateOptions) {
    this.#handles = handles;
    this.#names = names;
    this.#signal = signal;
    this.#isNew = isNew;
    this.#steps = new WriterSteps(`object ${JSON.stringify(names.name)}`, signal);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#explained(
      this.#steps.step(async () => {
        if (bytes.length > 0) await this.#handles.stream.write(unsharedBytes(bytes));
      }),
    );
  }

  async close(): Promise<void> {
    await this.#explained(
      this.#steps.close(async () => {
        await this.#handles.stream.close();
        this.#steps.check();
        if (this.#isNew && (await this.#isTaken()))
          throw new ObjectExistsError(`object ${JSON.stringify(this.#names.name)}`);
        await this.#handles.file.move!(this.#names.name);
      }),
    );
  }

  /** Browsers have no call that renames only to a free name, so another writer may still come between. */
  async #isTaken(): Promise<boolean> {
    const found = this.#handles.directory.getFileHandle(this.#names.name);
    return await found.then(
      () => true,
      (error: unknown) => {
        if (isMissing(error)) return false;
        throw error;
      },
    );
  }

  async abort(): Promise<void> {
    if (!(await this.#steps.abort())) return;
    await this.#handles.stream.abort().catch(ignore);
    await this.#handles.directory.removeEntry(this.#names.unfinished).catch(ignore);
  }

  /** Converts the browser's errors to Ashlar's; leaves the signal's reason as it is. */
  async #explained(step: Promise<void>): Promise<void> {
    try {
      await step;
    } catch (error) {
      if (this.#signal?.aborted) throw error;
      throw directoryError(error, `write object ${JSON.stringify(this.#names.name)}`, "write");
    }
  }
}

/** `abort` never rejects: it leaves files that it cannot remove to `removeUnfinished`. */
function ignore(): void {}
