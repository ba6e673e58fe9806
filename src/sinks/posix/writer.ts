/** Writes one object of a directory: temporary file, write, fsync, close, rename, fsync of the directory. */

import { orAborted } from "../../aborted.js";
import { InvalidStateError } from "../../errors.js";
import type { FileHandle, FileSystem } from "../../ports.js";
import type { ObjectWriter } from "../sink.js";

/** The files of one object. */
export interface PosixPlace {
  readonly directory: string;
  readonly unfinishedPath: string;
  readonly path: string;
  /** Whether a file that is open can be removed, as local file systems do it: others keep it under another name. */
  readonly removesOpenFiles: boolean;
}

export class PosixWriter implements ObjectWriter {
  readonly #fileSystem: FileSystem;
  readonly #handle: FileHandle;
  readonly #place: PosixPlace;
  readonly #signal: AbortSignal | undefined;
  #state: "open" | "failed" | "aborted" | "closed" = "open";
  #position = 0;
  /** A large object may take minutes to come to stable storage, and nobody can end that. */
  #isSyncing = false;
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
      await orAborted(this.#sync(), this.#signal);
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
    const closed = this.#handle.close().catch(ignore);
    if (!this.#isSyncing || !this.#place.removesOpenFiles) await closed;
    await this.#fileSystem.remove(this.#place.unfinishedPath).catch(ignore);
  }

  async #sync(): Promise<void> {
    this.#isSyncing = true;
    try {
      await this.#handle.sync();
    } finally {
      this.#isSyncing = false;
    }
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
