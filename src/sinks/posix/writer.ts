/** Writes one object of a directory: temporary file, write, fsync, close, rename, fsync of the directory. */

import { orAborted } from "../../aborted.js";
import { ObjectExistsError } from "../../errors.js";
import type { FileHandle, FileSystem } from "../../ports.js";
import type { CreateOptions, ObjectWriter } from "../sink.js";
import { WriterSteps } from "../writer-steps.js";
import type { DirectorySyncs } from "./directory-syncs.js";

/** The files of one object. */
export interface PosixFiles {
  readonly directory: string;
  readonly unfinishedPath: string;
  readonly path: string;
  /** Whether an open file can be removed, as on local file systems; others keep it under another name. */
  readonly removesOpenFiles: boolean;
}

export interface PosixWriterTools {
  readonly fileSystem: FileSystem;
  readonly directorySyncs: DirectorySyncs;
  /** The temporary file, which the writer closes. */
  readonly handle: FileHandle;
}

export class PosixWriter implements ObjectWriter {
  readonly #fileSystem: FileSystem;
  readonly #directorySyncs: DirectorySyncs;
  readonly #handle: FileHandle;
  readonly #files: PosixFiles;
  readonly #signal: AbortSignal | undefined;
  readonly #isNew: boolean;
  readonly #steps: WriterSteps;
  #position = 0;
  /** A sync is running. For a large object it may take minutes, and it cannot be aborted. */
  #isSyncing = false;

  constructor(
    { fileSystem, directorySyncs, handle }: PosixWriterTools,
    files: PosixFiles,
    { signal, isNew = false }: CreateOptions,
  ) {
    this.#fileSystem = fileSystem;
    this.#directorySyncs = directorySyncs;
    this.#handle = handle;
    this.#files = files;
    this.#signal = signal;
    this.#isNew = isNew;
    this.#steps = new WriterSteps(JSON.stringify(files.path), signal);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#steps.step(async () => {
      await this.#handle.write(bytes, this.#position);
      this.#position += bytes.length;
    });
  }

  async close(): Promise<void> {
    await this.#steps.close(async () => {
      await orAborted(this.#sync(), this.#signal);
      // A network file system may report a failed write only here.
      await this.#handle.close();
      this.#steps.check();
      await this.#place();
      await this.#directorySyncs.sync(this.#files.directory);
    });
  }

  async #place(): Promise<void> {
    const { unfinishedPath, path } = this.#files;
    if (!this.#isNew) await this.#fileSystem.rename(unfinishedPath, path);
    else if (!(await this.#fileSystem.renameToNew(unfinishedPath, path)))
      throw new ObjectExistsError(`object ${JSON.stringify(path)}`);
  }

  async abort(): Promise<void> {
    if (!(await this.#steps.abort())) return;
    const closed = this.#handle.close().catch(ignore);
    if (!this.#isSyncing || !this.#files.removesOpenFiles) await closed;
    await this.#fileSystem.remove(this.#files.unfinishedPath).catch(ignore);
  }

  async #sync(): Promise<void> {
    this.#isSyncing = true;
    try {
      await this.#handle.sync();
    } finally {
      this.#isSyncing = false;
    }
  }
}

/** `abort` never rejects: it leaves files that it cannot remove to `removeUnfinished`. */
function ignore(): void {}
