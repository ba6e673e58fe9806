/**
 * Volumes that are regular files (disk images) or block devices, over the `FileSystem` port.
 *
 * A source's size is fixed when it is opened: if the file shrinks afterwards, reads fail; if it grows, the new bytes
 * are not read.
 */

import { NotFoundError, StorageError, UsageError } from "../errors.js";
import type { FileHandle, FileSystem } from "../ports.js";
import { checkRange } from "./range.js";
import type { Ranges } from "./ranges.js";
import type { VolumeSource, VolumeTarget } from "./volume.js";

/**
 * Opens the file or block device at `path` for reading.
 * @throws NotFoundError; UsageError if it is neither, or is empty; StorageError
 */
export async function openFileSource(fileSystem: FileSystem, path: string): Promise<VolumeSource> {
  await checkVolumeKind(fileSystem, path);
  return await guarded(await fileSystem.open(path, "read"), async (handle) => {
    const size = await handle.size();
    if (size === 0)
      throw new UsageError(
        `Cannot use ${JSON.stringify(path)} as a volume: it is empty; want at least one byte`,
      );
    return new FileSource(handle, path, size);
  });
}

/** Whether a file is created or written in place, and its size. */
export interface FileTargetOptions {
  /** Bytes of the volume to write: the length of a new file, the minimum length of an existing one. */
  readonly size: number;
  /** `true`: the file must not exist, and is created sparse. `false`: it must exist, and is written in place. */
  readonly create: boolean;
  /** Whether to write even to a block device that is in use. @default {false} */
  readonly isShared?: boolean | undefined;
}

/**
 * Opens the file or block device at `path` for writing. A new file is all zero; an existing one keeps its bytes beyond
 * `size`.
 * @throws NotFoundError if the file, or the directory of a new one, is missing; UsageError if it cannot hold the
 *   volume, or exists although a new one was asked for; StorageError
 */
export async function openFileTarget(
  fileSystem: FileSystem,
  path: string,
  options: FileTargetOptions,
): Promise<VolumeTarget> {
  if (options.create) return await createFileTarget(fileSystem, path, options.size);
  await checkVolumeKind(fileSystem, path);
  return await guarded(
    await fileSystem.open(path, options.isShared ? "update-shared" : "update"),
    async (handle) => {
      const size = await handle.size();
      if (size < options.size)
        throw new UsageError(
          `Cannot write a volume of ${options.size} bytes to ${JSON.stringify(path)}: it has room for ${size}`,
        );
      return new FileTarget(handle, { size, isZeroed: false, sync: () => handle.sync() });
    },
  );
}

async function createFileTarget(fileSystem: FileSystem, path: string, size: number): Promise<VolumeTarget> {
  const directory = parentOf(path);
  if ((await fileSystem.status(path)) !== undefined) {
    throw new UsageError(`Cannot create ${JSON.stringify(path)}: it exists already; want a new name`);
  }
  if ((await fileSystem.status(directory))?.kind !== "directory") {
    throw new NotFoundError(
      `Cannot create ${JSON.stringify(path)}: there is no directory ${JSON.stringify(directory)}`,
    );
  }
  const handle = await fileSystem.open(path, "create");
  try {
    await handle.truncate(size);
  } catch (error) {
    await handle.close();
    await fileSystem.remove(path);
    throw error;
  }
  const sync = async (): Promise<void> => {
    await handle.sync();
    await fileSystem.syncDirectory(directory);
  };
  return new FileTarget(handle, { size, isZeroed: true, sync });
}

/** Paths of the process's own open files, which mean something else in every process. */
const OWN_FILE = /^\/dev\/(stdin|stdout|stderr|fd\/\d+)$|^\/proc\/[^/]+(\/task\/\d+)?\/fd\/\d+$/;

/**
 * Checks the kind before the file is opened: opening a FIFO waits for its other end, and opening a tape rewinds it.
 * @throws NotFoundError; UsageError if it is neither a file nor a block device
 */
export async function checkVolumeKind(fileSystem: FileSystem, path: string): Promise<void> {
  if (OWN_FILE.test(path))
    throw new UsageError(
      `Cannot use ${JSON.stringify(path)} as a volume: it is an open file of one process; want its own path, or - for standard input or output`,
    );
  const status = await fileSystem.status(path);
  if (status === undefined)
    throw new NotFoundError(`Cannot open volume ${JSON.stringify(path)}: it does not exist`);
  if (status.kind === "file" || status.kind === "block-device") return;
  const kind = status.kind === "directory" ? "a directory" : "a pipe, socket or other special file";
  throw new UsageError(
    `Cannot use ${JSON.stringify(path)} as a volume: it is ${kind}; want a file or block device, or - for standard input or output`,
  );
}

/** Returns the result of `work`; if it fails, closes `handle`. */
async function guarded<T>(handle: FileHandle, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await work(handle);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function parentOf(path: string): string {
  const index = path.replace(/\/+$/, "").lastIndexOf("/");
  if (index === -1) return ".";
  return index === 0 ? "/" : path.slice(0, index);
}

class FileSource implements VolumeSource {
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #path: string;

  constructor(handle: FileHandle, path: string, size: number) {
    this.#handle = handle;
    this.#path = path;
    this.size = size;
  }

  get descriptor(): number | undefined {
    return this.#handle.descriptor;
  }

  async readInto(buffer: Uint8Array, offset: number): Promise<void> {
    checkRange("read", this, offset, buffer.length);
    const count = await this.#handle.read(buffer, offset);
    if (count === buffer.length) return;
    throw new StorageError(
      `Cannot read ${JSON.stringify(this.#path)} at offset ${offset}: ${count} of ${buffer.length} bytes are there, and it had ${this.size} when it was opened`,
      { call: "read" },
    );
  }

  async dataRanges(signal?: AbortSignal): Promise<Ranges | undefined> {
    return await this.#handle.dataRanges?.(this.size, signal);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

interface FileTargetState {
  readonly size: number;
  readonly isZeroed: boolean;
  readonly sync: () => Promise<void>;
}

class FileTarget implements VolumeTarget {
  readonly size: number;
  readonly isZeroed: boolean;
  readonly #handle: FileHandle;
  readonly #sync: () => Promise<void>;

  constructor(handle: FileHandle, state: FileTargetState) {
    this.#handle = handle;
    this.#sync = state.sync;
    this.size = state.size;
    this.isZeroed = state.isZeroed;
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    checkRange("write", this, offset, bytes.length);
    await this.#handle.write(bytes, offset);
  }

  async sync(): Promise<void> {
    await this.#sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
