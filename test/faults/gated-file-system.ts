/** A file system of which every call waits at a gate, which may let it through, fail it, or keep it for ever. */
import type { FileHandle, FileStatus, FileSystem, OpenMode } from "../../src/ports.js";
import type { Operation } from "./faulty-file-system.js";

export type Gate = (call: Operation, path: string) => void | Promise<void>;

export class GatedFileSystem implements FileSystem {
  readonly #inner: FileSystem;
  readonly #gate: Gate;
  readonly #open: Set<FileHandle> = new Set();

  constructor(inner: FileSystem, gate: Gate) {
    this.#inner = inner;
    this.#gate = gate;
  }

  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    await this.#gate("open", path);
    const handle = await this.#inner.open(path, mode);
    this.#open.add(handle);
    const pass = async <T>(call: Operation, work: () => Promise<T>): Promise<T> => {
      await this.#gate(call, path);
      return await work();
    };
    return {
      read: (buffer, position) => pass("read", () => handle.read(buffer, position)),
      write: (buffer, position) => pass("write", () => handle.write(buffer, position)),
      sync: () => pass("sync", () => handle.sync()),
      truncate: (size) => pass("truncate", () => handle.truncate(size)),
      size: () => pass("measure", () => handle.size()),
      close: () => this.#close(handle),
    };
  }

  /** What was kept for ever closes nothing itself. */
  async closeAll(): Promise<void> {
    for (const handle of this.#open) await this.#close(handle);
  }

  async #close(handle: FileHandle): Promise<void> {
    this.#open.delete(handle);
    await handle.close();
  }

  async status(path: string): Promise<FileStatus | undefined> {
    await this.#gate("status", path);
    return await this.#inner.status(path);
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#gate("makeDirectory", path);
    await this.#inner.makeDirectory(path);
  }

  async *list(path: string): AsyncIterable<{ name: string; kind: FileStatus["kind"] }> {
    await this.#gate("list", path);
    yield* this.#inner.list(path);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#gate("rename", from);
    await this.#inner.rename(from, to);
  }

  async renameToNew(from: string, to: string): Promise<boolean> {
    await this.#gate("rename", from);
    return await this.#inner.renameToNew(from, to);
  }

  async remove(path: string): Promise<boolean> {
    await this.#gate("remove", path);
    return await this.#inner.remove(path);
  }

  async removeDirectory(path: string): Promise<boolean> {
    await this.#gate("removeDirectory", path);
    return await this.#inner.removeDirectory(path);
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#gate("syncDirectory", path);
    await this.#inner.syncDirectory(path);
  }
}
