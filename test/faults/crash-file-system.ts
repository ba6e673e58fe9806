/**
 * A file system in memory that knows what is on stable storage: the contents a file had at its last fsync, and the
 * entries a directory had at its last. `afterCrash` is what the machine may come back with. POSIX promises nothing
 * about what was not synced, so that each kind of it is either lost or kept, independently of the other.
 */

import { NotFoundError, StorageError } from "../../src/errors.js";
import type { FileHandle, FileStatus, FileSystem, OpenMode } from "../../src/ports.js";

interface FileNode {
  readonly kind: "file";
  live: Uint8Array;
  durable: Uint8Array;
}

interface DirectoryNode {
  readonly kind: "directory";
  live: Map<string, Node>;
  durable: Map<string, Node>;
}

type Node = FileNode | DirectoryNode;

/** What becomes of what was not synced. */
export interface Survival {
  readonly entries: "lost" | "kept";
  readonly contents: "lost" | "kept";
}

/** Every way in which a machine may come back. */
export const SURVIVALS: readonly Survival[] = [
  { entries: "lost", contents: "lost" },
  { entries: "lost", contents: "kept" },
  { entries: "kept", contents: "lost" },
  { entries: "kept", contents: "kept" },
];

export class CrashFileSystem implements FileSystem {
  readonly #root: DirectoryNode;

  constructor(root: DirectoryNode = newDirectory()) {
    this.#root = root;
  }

  /** The file system that a crash at this moment leaves; this one goes on. */
  afterCrash(survival: Survival): CrashFileSystem {
    return new CrashFileSystem(survivor(this.#root, survival) as DirectoryNode);
  }

  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    const [directory, name] = this.#parent("open", path);
    const found = directory.live.get(name);
    if (found?.kind === "directory") throw failure("open", path, "it is a directory");
    if (found !== undefined && mode === "create") throw failure("open", path, "it exists already");
    if (found === undefined && (mode === "read" || mode === "update")) throw missing(path);
    const file: FileNode = found ?? { kind: "file", live: new Uint8Array(0), durable: new Uint8Array(0) };
    directory.live.set(name, file);
    if (mode === "replace") file.live = new Uint8Array(0);
    return new CrashFileHandle(file);
  }

  async status(path: string): Promise<FileStatus | undefined> {
    const node = this.#find(path);
    return node && { kind: node.kind, size: node.kind === "file" ? node.live.length : 0 };
  }

  async makeDirectory(path: string): Promise<void> {
    let directory = this.#root;
    for (const name of segments(path)) {
      const next = directory.live.get(name) ?? newDirectory();
      if (next.kind !== "directory") throw failure("create directory", path, "a part of it is a file");
      directory.live.set(name, next);
      directory = next;
    }
  }

  async *list(path: string): AsyncIterable<{ name: string; kind: FileStatus["kind"] }> {
    const node = this.#find(path);
    if (node?.kind !== "directory") return;
    for (const [name, { kind }] of [...node.live]) yield { name, kind };
  }

  async rename(from: string, to: string): Promise<void> {
    const [oldDirectory, oldName] = this.#parent("rename", from);
    const [newDirectory, newName] = this.#parent("rename", to);
    const node = oldDirectory.live.get(oldName);
    if (node === undefined) throw failure("rename", from, "it does not exist");
    oldDirectory.live.delete(oldName);
    newDirectory.live.set(newName, node);
  }

  async renameToNew(from: string, to: string): Promise<boolean> {
    if (this.#find(to) !== undefined) return false;
    await this.rename(from, to);
    return true;
  }

  async remove(path: string): Promise<boolean> {
    const node = this.#find(path);
    if (node === undefined) return false;
    const [directory, name] = this.#parent("remove", path);
    return directory.live.delete(name);
  }

  async removeDirectory(path: string): Promise<boolean> {
    const node = this.#find(path);
    if (node?.kind !== "directory" || node.live.size > 0) return false;
    return await this.remove(path);
  }

  async syncDirectory(path: string): Promise<void> {
    const node = this.#find(path);
    if (node?.kind !== "directory") throw failure("fsync", path, "there is no such directory");
    node.durable = new Map(node.live);
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of segments(path)) node = node?.kind === "directory" ? node.live.get(name) : undefined;
    return node;
  }

  #parent(call: string, path: string): [DirectoryNode, string] {
    const names = segments(path);
    const name = names.pop();
    const directory = this.#find(names.join("/"));
    if (name === undefined) throw failure(call, path, "it is the root");
    if (directory?.kind !== "directory") throw missing(path);
    return [directory, name];
  }
}

class CrashFileHandle implements FileHandle {
  readonly #file: FileNode;

  constructor(file: FileNode) {
    this.#file = file;
  }

  async read(buffer: Uint8Array, position: number): Promise<number> {
    const found = this.#file.live.subarray(position, position + buffer.length);
    buffer.set(found);
    return found.length;
  }

  async write(buffer: Uint8Array, position: number): Promise<void> {
    if (position + buffer.length > this.#file.live.length) await this.truncate(position + buffer.length);
    this.#file.live.set(buffer, position);
  }

  async sync(): Promise<void> {
    this.#file.durable = this.#file.live.slice();
  }

  async truncate(size: number): Promise<void> {
    const resized = new Uint8Array(size);
    resized.set(this.#file.live.subarray(0, size));
    this.#file.live = resized;
  }

  async size(): Promise<number> {
    return this.#file.live.length;
  }

  async close(): Promise<void> {}
}

function survivor(node: Node, survival: Survival): Node {
  if (node.kind === "file") {
    const bytes = (survival.contents === "kept" ? node.live : node.durable).slice();
    return { kind: "file", live: bytes, durable: bytes.slice() };
  }
  const entries = survival.entries === "kept" ? node.live : node.durable;
  const live = new Map([...entries].map(([name, child]) => [name, survivor(child, survival)] as const));
  return { kind: "directory", live, durable: new Map(live) };
}

function newDirectory(): DirectoryNode {
  return { kind: "directory", live: new Map(), durable: new Map() };
}

function segments(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

function failure(call: string, path: string, state: string): StorageError {
  return new StorageError(`Cannot ${call} ${JSON.stringify(path)}: ${state}`, { call });
}

function missing(path: string): NotFoundError {
  return new NotFoundError(`Cannot open ${JSON.stringify(path)}: it does not exist`);
}
