/** Writes one object of a directory: temporary file, write, fsync, close, rename, fsync of the directory. */

import { InvalidStateError } from "../errors.js";
import type { FileHandle, FileSystem } from "../ports.js";
import type { ObjectWriter } from "./sink.js";

/** The files of one object. */
export interface PosixPlace {
  readonly directory: string;
  readonly unfinishedPath: string;
  readonly path: string;
}

export class PosixWriter implements ObjectWriter {
  readonly #fileSystem: FileSystem;
  readonly #handle: FileHandle;
  readonly #place: PosixPlace;
  readonly #signal: AbortSignal | undefined;
  #state: "open" | "failed" | "aborted" | "closed" = "open";
  #position = 0;
  #pending: Promise<void> = Promise.resolve();

  constructor(
    { fileSystem, handle }: { readonly fileSystem: FileSystem; readonly handle: FileHandle },
    place: PosixPlace,
    signal: AbortSignal | undefined,
  ) {
    this.#fileSystem = fileSystem;
    this.#handle = handle;
    this.#place = place;
    this.#signal = signal;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#step(async () => {
      await this.#handle.write(bytes, this.#position);
      this.#position += bytes.length;
    });
  }

  async close(): Promise<void> {
    await this.#step(async () => {
      await this.#handle.sync();
      // A network file system may report a failed write only here.
      await this.#handle.close();
      this.#check();
      this.#signal?.throwIfAborted();
      await this.#fileSystem.rename(this.#place.unfinishedPath, this.#place.path);
      await this.#fileSystem.syncDirectory(this.#place.directory);
      this.#state = "closed";
    });
  }

  async abort(): Promise<void> {
    if (this.#state === "open") this.#state = "aborted";
    await this.#pending.catch(ignore);
    if (this.#state === "closed") return;
    await this.#handle.close().catch(ignore);
    await this.#fileSystem.remove(this.#place.unfinishedPath).catch(ignore);
  }

  /** Once a step has failed, the object is not what the caller wrote and must not be completed. */
  async #step(work: () => Promise<void>): Promise<void> {
    this.#check();
    try {
      this.#signal?.throwIfAborted();
      this.#pending = work();
      await this.#pending;
    } catch (error) {
      if (this.#state === "open") this.#state = "failed";
      throw error;
    }
  }

  #check(): void {
    if (this.#state === "open") return;
    throw new InvalidStateError(
      `Cannot go on writing ${JSON.stringify(this.#place.path)}: its writer is ${this.#state}`,
    );
  }
}

/** `abort` never rejects: what it could not remove, `removeUnfinished` finds. */
function ignore(): void {}
