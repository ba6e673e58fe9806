/** Writes one object of a browser's directory: a file with a hidden name, closed and then renamed. */
import { unsharedBytes } from "../../bytes.js";
import { InvalidStateError } from "../../errors.js";
import type { ObjectWriter } from "../sink.js";
import { directoryError } from "./errors.js";

/** Renaming is not in the standard yet; Chromium, Firefox and Safari have it. */
export interface MovableFileHandle extends FileSystemFileHandle {
  move?(name: string): Promise<void>;
}

export interface DirectoryPlace {
  readonly directory: FileSystemDirectoryHandle;
  readonly file: MovableFileHandle;
  readonly stream: FileSystemWritableFileStream;
}

export interface DirectoryNames {
  readonly name: string;
  readonly unfinished: string;
}

export class DirectoryWriter implements ObjectWriter {
  readonly #place: DirectoryPlace;
  readonly #names: DirectoryNames;
  readonly #signal: AbortSignal | undefined;
  #state: "open" | "failed" | "aborted" | "closed" = "open";
  #pending: Promise<void> = Promise.resolve();

  constructor(place: DirectoryPlace, names: DirectoryNames, signal: AbortSignal | undefined) {
    this.#place = place;
    this.#names = names;
    this.#signal = signal;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) await this.#step(async () => {});
    else await this.#step(() => this.#place.stream.write(unsharedBytes(bytes)));
  }

  async close(): Promise<void> {
    await this.#step(async () => {
      await this.#place.stream.close();
      this.#check();
      this.#signal?.throwIfAborted();
      await this.#place.file.move!(this.#names.name);
      this.#state = "closed";
    });
  }

  async abort(): Promise<void> {
    if (this.#state === "open") this.#state = "aborted";
    await this.#pending.catch(ignore);
    if (this.#state === "closed") return;
    await this.#place.stream.abort().catch(ignore);
    await this.#place.directory.removeEntry(this.#names.unfinished).catch(ignore);
  }

  /** Once a step has failed, the object is not what the caller wrote and must not be completed. */
  async #step(work: () => Promise<void>): Promise<void> {
    this.#check();
    this.#signal?.throwIfAborted();
    try {
      this.#pending = work();
      await this.#pending;
    } catch (error) {
      if (this.#state === "open") this.#state = "failed";
      if (this.#signal?.aborted) throw error;
      throw directoryError(error, `write object ${JSON.stringify(this.#names.name)}`, "write");
    }
  }

  #check(): void {
    if (this.#state === "open") return;
    throw new InvalidStateError(
      `Cannot go on writing object ${JSON.stringify(this.#names.name)}: its writer is ${this.#state}`,
    );
  }
}

/** `abort` never rejects: what it could not remove, `removeUnfinished` finds. */
function ignore(): void {}
