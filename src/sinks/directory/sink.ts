/**
 * Objects as files below a directory that a page received from its user (File System Access), or from the browser (the
 * origin's private file system). Containers are directories: the layout is that of a posix repository, and each sink
 * reads and writes the other's.
 *
 * Browsers have no call that makes a file durable: a file appears whole, and reaches stable storage when the browser
 * and the operating system choose. Writing needs a browser that can rename files (`move`); reading does not. Browsers
 * may accept fewer characters in names: Chromium refuses the backslash, which no name of the format has.
 */
import { InvalidStateError, NotFoundError, UsageError } from "../../errors.js";
import { BaseSink } from "../base-sink.js";
import { checkDirectoryPath, checkFileName, isFileName } from "../names.js";
import { checkOffset } from "../offset.js";
import type {
  CreateOptions,
  NamingScheme,
  ObjectEntry,
  ObjectReader,
  ObjectWriter,
  OpenOptions,
  UnfinishedEntry,
} from "../sink.js";
import { isUnfinished, unfinishedName, unfinishedObject } from "../unfinished.js";
import { directoryError, isLocked, isMissing, orUndefined } from "./errors.js";
import { DirectoryReader } from "./reader.js";
import { DirectoryWriter, type MovableFileHandle } from "./writer.js";

/** Options of a `DirectorySink`. */
export interface DirectorySinkOptions {
  /** The directory that holds the containers. */
  readonly root: FileSystemDirectoryHandle;
  /** @default {"cinder.backup.drivers.posix.PosixBackupDriver"} */
  readonly service?: string;
}

/** A repository in a directory that a page received, in the layout of a posix repository. */
export class DirectorySink extends BaseSink {
  readonly service: string;
  readonly naming: NamingScheme = "flat";
  readonly #root: FileSystemDirectoryHandle;

  constructor({ root, service }: DirectorySinkOptions) {
    super();
    this.service = service ?? "cinder.backup.drivers.posix.PosixBackupDriver";
    this.#root = root;
  }

  async createContainer(container: string): Promise<void> {
    checkDirectoryPath(container);
    let directory = this.#root;
    for (const segment of container.split("/")) {
      directory = await directory.getDirectoryHandle(segment, { create: true }).catch((error: unknown) => {
        throw directoryError(error, `create container ${JSON.stringify(container)}`, "create");
      });
    }
  }

  /** Removes directories from the innermost upwards, as long as they are empty; never the root. */
  async removeContainer(container: string): Promise<void> {
    checkDirectoryPath(container);
    for (let segments = container.split("/"); segments.length > 0; segments = segments.slice(0, -1)) {
      const parent = await this.#walk(segments.slice(0, -1));
      if (parent === undefined) continue;
      try {
        await parent.removeEntry(segments.at(-1)!);
      } catch (error) {
        if (isMissing(error)) continue;
        if (error instanceof DOMException && error.name === "InvalidModificationError") return;
        throw directoryError(error, `remove container ${JSON.stringify(container)}`, "remove");
      }
    }
  }

  async *containers(): AsyncIterable<string> {
    try {
      for await (const [name, handle] of this.#root.entries()) {
        // ext4 creates this one at the root of each file system.
        if (handle.kind === "directory" && isFileName(name) && name !== "lost+found")
          yield* containersFrom(handle as FileSystemDirectoryHandle, name);
      }
    } catch (error) {
      throw directoryError(error, "list the containers", "list");
    }
  }

  async create(
    container: string,
    name: string,
    { signal, isNew = false }: CreateOptions = {},
  ): Promise<ObjectWriter> {
    checkDirectoryPath(container);
    checkFileName(name);
    signal?.throwIfAborted();
    const unfinished = unfinishedName(name);
    const directory = await this.#walk(container.split("/"));
    if (directory === undefined)
      throw new NotFoundError(
        `Cannot create an object: container ${JSON.stringify(container)} does not exist`,
      );
    const what = `create object ${JSON.stringify(name)}`;
    try {
      const file = (await directory.getFileHandle(unfinished, { create: true })) as MovableFileHandle;
      if (typeof file.move !== "function") {
        await directory.removeEntry(unfinished);
        throw new InvalidStateError(`Cannot ${what}: this browser cannot rename files in directories`);
      }
      const stream = await file.createWritable();
      return new DirectoryWriter({ directory, file, stream }, { name, unfinished }, { signal, isNew });
    } catch (error) {
      // Browsers throw this for a name that they do not accept.
      if (error instanceof TypeError)
        throw new UsageError(
          `Cannot use object name ${JSON.stringify(name)}: want one that this browser accepts`,
          {
            cause: error,
          },
        );
      throw directoryError(error, what, "create");
    }
  }

  async open(
    container: string,
    name: string,
    { offset = 0, signal }: OpenOptions = {},
  ): Promise<ObjectReader> {
    const what = `open object ${JSON.stringify(name)}`;
    const file = await this.#file(container, name, what);
    signal?.throwIfAborted();
    if (file === undefined)
      throw new NotFoundError(`Cannot ${what}: there is none in container ${JSON.stringify(container)}`);
    checkOffset(offset, file.size);
    return new DirectoryReader(file, { name, offset, signal });
  }

  async size(container: string, name: string): Promise<number | undefined> {
    return (await this.#file(container, name, `look at object ${JSON.stringify(name)}`))?.size;
  }

  async *list(container: string, prefix: string): AsyncIterable<ObjectEntry> {
    checkDirectoryPath(container);
    const directory = await this.#walk(container.split("/"));
    if (directory === undefined) return;
    const what = `list container ${JSON.stringify(container)}`;
    try {
      for await (const [name, handle] of directory.entries()) {
        if (handle.kind !== "file" || !name.startsWith(prefix) || !isFileName(name)) continue;
        const file = await orUndefined((handle as FileSystemFileHandle).getFile());
        if (file !== undefined) yield { name, size: file.size, modifiedAt: new Date(file.lastModified) };
      }
    } catch (error) {
      throw directoryError(error, what, "list");
    }
  }

  remove(container: string, name: string): Promise<void> {
    return this.removeAll(container, [name]);
  }

  /** Keeps a directory of that name: it is not an object. */
  override async removeAll(container: string, names: readonly string[]): Promise<void> {
    checkDirectoryPath(container);
    for (const name of names) checkFileName(name);
    const directory = await this.#walk(container.split("/"));
    if (directory === undefined) return;
    for (const name of names) {
      try {
        await directory.getFileHandle(name);
        await directory.removeEntry(name);
      } catch (error) {
        // No file can have a name that the browser does not accept.
        if (isMissing(error) || error instanceof TypeError) continue;
        throw directoryError(error, `remove object ${JSON.stringify(name)}`, "remove");
      }
    }
  }

  override async *listUnfinished(container: string, prefix: string): AsyncIterable<UnfinishedEntry> {
    checkDirectoryPath(container);
    const directory = await this.#walk(container.split("/"));
    if (directory === undefined) return;
    try {
      for await (const [fileName, handle] of directory.entries()) {
        const name = unfinishedObject(fileName);
        if (handle.kind !== "file" || !name?.startsWith(prefix)) continue;
        const file = await orUndefined((handle as FileSystemFileHandle).getFile());
        if (file !== undefined) yield { name, modifiedAt: new Date(file.lastModified) };
      }
    } catch (error) {
      throw directoryError(error, `list container ${JSON.stringify(container)}`, "list");
    }
  }

  async removeUnfinished(container: string, prefix: string): Promise<void> {
    checkDirectoryPath(container);
    const directory = await this.#walk(container.split("/"));
    if (directory === undefined) return;
    const names: string[] = [];
    for await (const name of directory.keys()) if (isUnfinished(name, prefix)) names.push(name);
    for (const name of names)
      await directory.removeEntry(name).catch((error: unknown) => {
        // A locked file has a live writer.
        if (!isMissing(error) && !isLocked(error))
          throw directoryError(error, `remove unfinished file ${JSON.stringify(name)}`, "remove");
      });
  }

  async #file(container: string, name: string, what: string): Promise<File | undefined> {
    checkDirectoryPath(container);
    checkFileName(name);
    const directory = await this.#walk(container.split("/"));
    try {
      const handle = await orUndefined(directory?.getFileHandle(name));
      return await orUndefined(handle?.getFile());
    } catch (error) {
      // No file can have a name that the browser does not accept.
      if (error instanceof TypeError) return undefined;
      throw directoryError(error, what, "open");
    }
  }

  /** Returns the directory, or `undefined` if there is none. */
  async #walk(segments: readonly string[]): Promise<FileSystemDirectoryHandle | undefined> {
    let directory: FileSystemDirectoryHandle | undefined = this.#root;
    try {
      for (const segment of segments) directory = await orUndefined(directory?.getDirectoryHandle(segment));
      return directory;
    } catch (error) {
      if (error instanceof TypeError) return undefined;
      throw directoryError(error, `use container ${JSON.stringify(segments.join("/"))}`, "open");
    }
  }
}

async function* containersFrom(
  directory: FileSystemDirectoryHandle,
  container: string,
): AsyncGenerator<string, void, void> {
  const children: [FileSystemDirectoryHandle, string][] = [];
  let holdsObject = false;
  for await (const [name, handle] of directory.entries()) {
    if (!isFileName(name)) continue;
    if (handle.kind === "directory")
      children.push([handle as FileSystemDirectoryHandle, `${container}/${name}`]);
    else holdsObject = true;
  }
  if (holdsObject) yield container;
  for (const child of children) yield* containersFrom(...child);
}
