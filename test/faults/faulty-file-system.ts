/** A file system that records its calls and fails the ones it is told to. */

import { StorageError } from "../../src/errors.js";
import type { FileHandle, FileStatus, FileSystem, OpenMode } from "../../src/ports.js";

export type Operation = keyof FileSystem | Exclude<keyof FileHandle, "size"> | "measure";

export interface Call {
  readonly operation: Operation;
  readonly path: string;
  /** 0-based ordinal among all calls. */
  readonly index: number;
  /** 0-based ordinal among the calls of this operation. */
  readonly ordinal: number;
}

/** `refused`: nothing was done. `done`: it was done and the answer got lost, as file servers do it. */
export type FaultKind = "refused" | "done";

/** Says which call fails, and how. */
export type FaultRule = (call: Call) => FaultKind | undefined;

/** The call with this index fails, alone. */
export function failCall(index: number, kind: FaultKind): FaultRule {
  return (call) => (call.index === index ? kind : undefined);
}

/** The `ordinal`-th call of `operation` fails, alone. */
export function failOperation(operation: Operation, ordinal = 0): FaultRule {
  return (call) => (call.operation === operation && call.ordinal === ordinal ? "refused" : undefined);
}

/** The process or machine is gone from the call with this index on; that call may have been done. */
export function failFrom(index: number, kind: FaultKind): FaultRule {
  return (call) => (call.index === index ? kind : call.index > index ? "refused" : undefined);
}

export class FaultyFileSystem implements FileSystem {
  readonly calls: Call[] = [];
  readonly #inner: FileSystem;
  readonly #rule: FaultRule;
  readonly #counts: Map<Operation, number> = new Map();
  #spaceLeft: number;

  /** @param spaceLeft bytes that can be written before the device is full */
  constructor(
    inner: FileSystem,
    rule: FaultRule = () => undefined,
    spaceLeft: number = Number.POSITIVE_INFINITY,
  ) {
    this.#inner = inner;
    this.#rule = rule;
    this.#spaceLeft = spaceLeft;
  }

  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    return this.#handle(path, await this.#call("open", path, () => this.#inner.open(path, mode)));
  }

  async status(path: string): Promise<FileStatus | undefined> {
    return await this.#call("status", path, () => this.#inner.status(path));
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#call("makeDirectory", path, () => this.#inner.makeDirectory(path));
  }

  async *list(path: string): AsyncIterable<{ name: string; kind: FileStatus["kind"] }> {
    await this.#call("list", path, async () => {});
    yield* this.#inner.list(path);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call("rename", from, () => this.#inner.rename(from, to));
  }

  async renameToNew(from: string, to: string): Promise<boolean> {
    return await this.#call("rename", from, () => this.#inner.renameToNew(from, to));
  }

  async remove(path: string): Promise<boolean> {
    return await this.#call("remove", path, () => this.#inner.remove(path));
  }

  async removeDirectory(path: string): Promise<boolean> {
    return await this.#call("removeDirectory", path, () => this.#inner.removeDirectory(path));
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#call("syncDirectory", path, () => this.#inner.syncDirectory(path));
  }

  #handle(path: string, inner: FileHandle): FileHandle {
    return {
      read: (buffer, position) => this.#call("read", path, () => inner.read(buffer, position)),
      write: (buffer, position) =>
        this.#call("write", path, () => this.#writeWithinSpace(inner, { path, buffer, position })),
      sync: () => this.#call("sync", path, () => inner.sync()),
      truncate: (size) => this.#call("truncate", path, () => inner.truncate(size)),
      size: () => this.#call("measure", path, () => inner.size()),
      close: () => this.#close(path, inner),
    };
  }

  /** A file is closed after a refusal too, as the kernel does it. */
  async #close(path: string, inner: FileHandle): Promise<void> {
    let isClosed = false;
    const close = async (): Promise<void> => {
      isClosed = true;
      await inner.close();
    };
    try {
      await this.#call("close", path, close);
    } finally {
      if (!isClosed) await close();
    }
  }

  /** A full device takes what still fits and then refuses, as the kernel does. */
  async #writeWithinSpace(
    inner: FileHandle,
    { path, buffer, position }: { path: string; buffer: Uint8Array; position: number },
  ): Promise<void> {
    const fitting = Math.min(buffer.length, this.#spaceLeft);
    this.#spaceLeft -= fitting;
    await inner.write(buffer.subarray(0, fitting), position);
    if (fitting < buffer.length) {
      throw new StorageError(`Cannot write "${path}": no space is left on the device`, {
        call: "write",
      });
    }
  }

  async #call<T>(operation: Operation, path: string, work: () => Promise<T>): Promise<T> {
    const ordinal = this.#counts.get(operation) ?? 0;
    this.#counts.set(operation, ordinal + 1);
    const call: Call = { operation, path, ordinal, index: this.calls.length };
    this.calls.push(call);
    const fault = this.#rule(call);
    if (fault === undefined) return await work();
    if (fault === "done") await work();
    throw new StorageError(`Cannot ${operation} "${path}": injected fault`, { call: operation });
  }
}
