/**
 * Objects as files, containers as directories below a root, over the `FileSystem` port only.
 *
 * An object is written to a hidden file in the same directory and renamed; the file is synced before the rename and the
 * directory after it, so that a crash at any point leaves the old object or the new one, whole. Files with names that
 * objects cannot have (a leading dot, control characters) are not objects and are not listed.
 *
 * The root is created with the first container, as in the reference system. Symbolic links inside the root are up to
 * the operator: a container or an object that is a link is followed, wherever it leads, but `containers` does not
 * follow links to directories.
 */

import { isAshlarError, NotFoundError, UsageError } from "../../errors.js";
import type { FileHandle, FileStatus, FileSystem } from "../../ports.js";
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
import { DirectorySyncs } from "./directory-syncs.js";
import { PosixReader } from "./reader.js";
import { PosixWriter } from "./writer.js";

/** Location of the files, and the file system to use. */
export interface PosixSinkOptions {
  readonly fileSystem: FileSystem;
  /** The directory that holds the containers. */
  readonly root: string;
  /** @default {"cinder.backup.drivers.posix.PosixBackupDriver"} */
  readonly service?: string;
  /** Whether missing containers are created. @default {true} */
  readonly createsContainers?: boolean | undefined;
  /** Whether a file can be removed at once while it is open, unlike on NFS. @default {true} */
  readonly removesOpenFiles?: boolean;
}

/** Objects as files below a directory, as the reference system's posix driver keeps them. */
export class PosixSink extends BaseSink {
  readonly service: string;
  readonly naming: NamingScheme = "flat";
  readonly #fileSystem: FileSystem;
  readonly #directorySyncs: DirectorySyncs;
  readonly #root: string;
  readonly #createsContainers: boolean;
  readonly #removesOpenFiles: boolean;

  constructor(options: PosixSinkOptions) {
    super();
    if (options.root === "") throw new UsageError('Cannot use root "": want the path of a directory');
    this.service = options.service ?? "cinder.backup.drivers.posix.PosixBackupDriver";
    this.#fileSystem = options.fileSystem;
    this.#directorySyncs = new DirectorySyncs(options.fileSystem);
    this.#root = options.root;
    this.#createsContainers = options.createsContainers ?? true;
    this.#removesOpenFiles = options.removesOpenFiles ?? true;
  }

  /**
   * Syncs the parent of every directory on the path, even of existing ones: the process that created them may not have
   * synced them yet.
   */
  async createContainer(container: string): Promise<void> {
    const directory = this.#directory(container);
    if (!this.#createsContainers && (await this.#fileSystem.status(directory))?.kind !== "directory") {
      throw new NotFoundError(
        `Cannot use container ${JSON.stringify(container)}: it does not exist, and backup_create_containers is off`,
      );
    }
    const hadRoot = (await this.#fileSystem.status(this.#root)) !== undefined;
    await this.#fileSystem.makeDirectory(directory);
    if (!hadRoot) await this.#fileSystem.syncDirectory(join(this.#root, ".."));
    let parent = this.#root;
    for (const segment of container.split("/")) {
      await this.#fileSystem.syncDirectory(parent);
      parent = join(parent, segment);
    }
  }

  /** Removes directories from the innermost upwards, as long as they are empty; never the root. */
  async removeContainer(container: string): Promise<void> {
    checkDirectoryPath(container);
    // A sink that creates no containers removes none either.
    if (!this.#createsContainers) return;
    for (let path = container; path !== ""; path = path.slice(0, Math.max(0, path.lastIndexOf("/")))) {
      const directory = join(this.#root, path);
      // A process that died while creating the directories may have left the parents without this one.
      if (!(await this.#fileSystem.removeDirectory(directory)) && (await this.#fileSystem.status(directory)))
        return;
    }
  }

  async *containers(): AsyncIterable<string> {
    await this.#checkRoot();
    for await (const { name, kind } of this.#fileSystem.list(this.#root)) {
      // ext4 creates this one at the root of each file system, readable only by the super-user.
      if (kind === "directory" && isFileName(name) && name !== "lost+found")
        yield* this.#containersFrom(name);
    }
  }

  async create(
    container: string,
    name: string,
    { signal, isNew = false }: CreateOptions = {},
  ): Promise<ObjectWriter> {
    const path = this.#path(container, name);
    signal?.throwIfAborted();
    const directory = this.#directory(container);
    const unfinishedPath = join(directory, unfinishedName(name));
    if ((await this.#fileSystem.status(path))?.kind === "directory") {
      throw new UsageError(
        `Cannot create object ${JSON.stringify(name)}: ${JSON.stringify(path)} is a directory`,
      );
    }
    const handle = await this.#openUnfinished(container, unfinishedPath);
    return new PosixWriter(
      { fileSystem: this.#fileSystem, directorySyncs: this.#directorySyncs, handle },
      { directory, unfinishedPath, path, removesOpenFiles: this.#removesOpenFiles },
      { signal, isNew },
    );
  }

  async open(
    container: string,
    name: string,
    { offset = 0, signal }: OpenOptions = {},
  ): Promise<ObjectReader> {
    const path = this.#path(container, name);
    signal?.throwIfAborted();
    // Checked before the file is opened: opening a FIFO waits for its writer.
    const status = await this.#fileSystem.status(path);
    if (status?.kind !== "file") {
      throw new NotFoundError(
        `Cannot open object ${JSON.stringify(name)}: there is none in container ${JSON.stringify(container)}`,
      );
    }
    const handle = await this.#fileSystem.open(path, "read");
    try {
      const size = await handle.size();
      checkOffset(offset, size);
      return new PosixReader(handle, { path, size, offset, signal });
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async size(container: string, name: string): Promise<number | undefined> {
    const status = await this.#fileSystem.status(this.#path(container, name));
    return status?.kind === "file" ? status.size : undefined;
  }

  async *list(container: string, prefix: string): AsyncIterable<ObjectEntry> {
    const directory = this.#directory(container);
    for await (const { name, kind } of this.#fileSystem.list(directory)) {
      if (!name.startsWith(prefix) || !isFileName(name) || kind === "directory") continue;
      const status = await this.#fileSystem.status(join(directory, name));
      if (status?.kind === "file") yield { name, size: status.size, modifiedAt: status.modifiedAt };
    }
  }

  override async *listUnfinished(container: string, prefix: string): AsyncIterable<UnfinishedEntry> {
    const directory = this.#directory(container);
    for await (const { name: fileName } of this.#fileSystem.list(directory)) {
      const name = unfinishedObject(fileName);
      if (!name?.startsWith(prefix)) continue;
      const status = await this.#fileSystem.status(join(directory, fileName));
      if (status !== undefined) yield { name, modifiedAt: status.modifiedAt };
    }
  }

  remove(container: string, name: string): Promise<void> {
    return this.removeAll(container, [name]);
  }

  /**
   * Syncs the directory once for all of them; after a crash before that, any of them may remain, as between single
   * removals. Syncs even if no file existed: an earlier call may have removed the files and failed to sync.
   */
  override async removeAll(container: string, names: readonly string[]): Promise<void> {
    const directory = this.#directory(container);
    if (names.length === 0) return;
    const paths = names.map((name) => this.#path(container, name));
    let existed = false;
    for (const path of paths) if (await this.#fileSystem.remove(path)) existed = true;
    if (existed || (await this.#fileSystem.status(directory))?.kind === "directory") {
      await this.#fileSystem.syncDirectory(directory);
    }
  }

  async removeUnfinished(container: string, prefix: string): Promise<void> {
    const directory = this.#directory(container);
    for await (const { name } of this.#fileSystem.list(directory)) {
      if (isUnfinished(name, prefix)) await this.#fileSystem.remove(join(directory, name));
    }
  }

  async *#containersFrom(container: string): AsyncIterable<string> {
    const directory = join(this.#root, container);
    const children: string[] = [];
    let holdsObject = false;
    for await (const { name, kind } of this.#fileSystem.list(directory)) {
      // A backup that died during its first object left a container with nothing else in it.
      holdsObject ||= isUnfinished(name, "");
      if (!isFileName(name)) continue;
      if (kind === "directory") children.push(`${container}/${name}`);
      else holdsObject ||= await this.#isFile(join(directory, name), kind);
    }
    if (holdsObject) yield container;
    for (const child of children) yield* this.#containersFrom(child);
  }

  async #isFile(path: string, kind: FileStatus["kind"]): Promise<boolean> {
    return kind === "file" || (await this.#fileSystem.status(path))?.kind === "file";
  }

  async #openUnfinished(container: string, path: string): Promise<FileHandle> {
    try {
      return await this.#fileSystem.open(path, "create");
    } catch (error) {
      if (!isAshlarError(error, "not-found")) throw error;
      throw new NotFoundError(
        `Cannot create an object: container ${JSON.stringify(container)} does not exist`,
        {
          cause: error,
        },
      );
    }
  }

  async #checkRoot(): Promise<void> {
    if ((await this.#fileSystem.status(this.#root))?.kind === "directory") return;
    throw new NotFoundError(
      `Cannot use root ${JSON.stringify(this.#root)}: there is no such directory; create it, or mount it`,
    );
  }

  #directory(container: string): string {
    checkDirectoryPath(container);
    return join(this.#root, container);
  }

  #path(container: string, name: string): string {
    checkFileName(name);
    return join(this.#directory(container), name);
  }
}

function join(directory: string, name: string): string {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}
