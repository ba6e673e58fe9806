/** Objects in memory, for tests and for embedding. They do not survive the process, so durability does not apply. */

import { bytesEqual } from "../../bytes.js";
import { NotFoundError, ObjectExistsError } from "../../errors.js";
import type { Clock } from "../../ports.js";
import { BaseSink } from "../base-sink.js";
import { covers, isLockedAt, type LockChange, lockedError, type ObjectLock, strongest } from "../lock.js";
import { checkContainer, checkDirectoryPath, checkFileName, checkObjectName } from "../names.js";
import { checkOffset } from "../offset.js";
import type {
  CreateOptions,
  NamingScheme,
  ObjectEntry,
  ObjectReader,
  ObjectWriter,
  OpenOptions,
} from "../sink.js";
import { WriterSteps } from "../writer-steps.js";

/** Options of a sink in memory. */
export interface MemorySinkOptions {
  /** `flat` accepts a directory's names, `hierarchical` those of an object store. @default {"hierarchical"} */
  readonly naming?: NamingScheme;
  /** @default {"ashlar.sinks.MemorySink"} */
  readonly service?: string;
  /** Time of the objects' locks; without it, objects cannot be locked. */
  readonly clock?: Clock | undefined;
}

/** Objects in memory, for tests and for embedding. */
export class MemorySink extends BaseSink {
  readonly service: string;
  readonly naming: NamingScheme;
  readonly #clock: Clock | undefined;
  readonly #containers: Map<string, Map<string, Uint8Array>> = new Map();
  /** Locks by the bytes that they keep. */
  readonly #locks = new WeakMap<Uint8Array, ObjectLock>();

  constructor(options: MemorySinkOptions = {}) {
    super();
    this.service = options.service ?? "ashlar.sinks.MemorySink";
    this.naming = options.naming ?? "hierarchical";
    this.#clock = options.clock;
  }

  async createContainer(container: string): Promise<void> {
    this.#checkContainer(container);
    if (!this.#containers.has(container)) this.#containers.set(container, new Map());
  }

  async removeContainer(container: string): Promise<void> {
    this.#checkContainer(container);
    if (this.#containers.get(container)?.size === 0) this.#containers.delete(container);
  }

  async *containers(): AsyncIterable<string> {
    yield* [...this.#containers.keys()];
  }

  async create(
    container: string,
    name: string,
    { signal, isNew = false }: CreateOptions = {},
  ): Promise<ObjectWriter> {
    const objects = this.#objects(container, name);
    if (objects === undefined) {
      throw new NotFoundError(
        `Cannot create an object: container ${JSON.stringify(container)} does not exist`,
      );
    }
    signal?.throwIfAborted();
    const complete = (bytes: Uint8Array): void => {
      const existing = isNew ? objects.get(name) : undefined;
      if (existing !== undefined && !bytesEqual(existing, bytes))
        throw new ObjectExistsError(shown(container, name));
      this.#requireUnlocked("replace", container, name);
      objects.set(name, bytes);
    };
    return new MemoryWriter(complete, signal);
  }

  async open(
    container: string,
    name: string,
    { offset = 0, signal }: OpenOptions = {},
  ): Promise<ObjectReader> {
    const bytes = this.#objects(container, name)?.get(name);
    if (bytes === undefined) {
      throw new NotFoundError(
        `Cannot open object ${JSON.stringify(name)}: there is none in container ${JSON.stringify(container)}`,
      );
    }
    checkOffset(offset, bytes.length);
    signal?.throwIfAborted();
    return new MemoryReader(bytes, offset, signal);
  }

  async size(container: string, name: string): Promise<number | undefined> {
    return this.#objects(container, name)?.get(name)?.length;
  }

  async *list(container: string, prefix: string): AsyncIterable<ObjectEntry> {
    this.#checkContainer(container);
    for (const [name, bytes] of [...(this.#containers.get(container) ?? [])]) {
      if (name.startsWith(prefix)) yield { name, size: bytes.length };
    }
  }

  override async canLock(_container: string): Promise<boolean> {
    return this.#clock !== undefined;
  }

  override async lockOf(container: string, name: string): Promise<ObjectLock | undefined> {
    const bytes = this.#objects(container, name)?.get(name);
    return bytes && this.#locks.get(bytes);
  }

  override async lock(container: string, name: string, change: LockChange): Promise<void> {
    if (this.#clock === undefined) return await super.lock(container, name, change);
    const bytes = this.#objects(container, name)?.get(name);
    if (bytes === undefined)
      throw new NotFoundError(`Cannot lock ${shown(container, name)}: there is no such object`);
    const present = this.#locks.get(bytes);
    if (covers(present, change)) return;
    const retention = change.retention ? strongest(change.retention, present?.retention) : present?.retention;
    this.#locks.set(bytes, { retention, isHeld: change.isHeld ?? present?.isHeld ?? false });
  }

  async remove(container: string, name: string): Promise<void> {
    const objects = this.#objects(container, name);
    this.#requireUnlocked("remove", container, name);
    objects?.delete(name);
  }

  /** Does nothing: a dead writer leaves nothing behind. */
  async removeUnfinished(container: string, _prefix: string): Promise<void> {
    this.#checkContainer(container);
  }

  /** @throws LockedError */
  #requireUnlocked(call: string, container: string, name: string): void {
    const bytes = this.#containers.get(container)?.get(name);
    const lock = bytes && this.#locks.get(bytes);
    if (lock !== undefined && this.#clock !== undefined && isLockedAt(lock, this.#clock.now()))
      throw lockedError(shown(container, name), call, lock);
  }

  #objects(container: string, name: string): Map<string, Uint8Array> | undefined {
    this.#checkContainer(container);
    if (this.naming === "flat") checkFileName(name);
    else checkObjectName(name);
    return this.#containers.get(container);
  }

  #checkContainer(container: string): void {
    if (this.naming === "flat") checkDirectoryPath(container);
    else checkContainer(container);
  }
}

function shown(container: string, name: string): string {
  return `object ${JSON.stringify(name)} in container ${JSON.stringify(container)}`;
}

class MemoryWriter implements ObjectWriter {
  readonly #complete: (bytes: Uint8Array) => void;
  readonly #steps: WriterSteps;
  #pieces: Uint8Array[] = [];

  constructor(complete: (bytes: Uint8Array) => void, signal: AbortSignal | undefined) {
    this.#complete = complete;
    this.#steps = new WriterSteps("an object", signal);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#steps.step(async () => void this.#pieces.push(bytes.slice()));
  }

  close(): Promise<void> {
    return this.#steps.close(async () => {
      this.#complete(concatenate(this.#pieces));
      this.#pieces = [];
    });
  }

  async abort(): Promise<void> {
    await this.#steps.abort();
    this.#pieces = [];
  }
}

class MemoryReader implements ObjectReader {
  readonly size: number;
  readonly #signal: AbortSignal | undefined;
  #rest: Uint8Array;

  constructor(bytes: Uint8Array, offset: number, signal: AbortSignal | undefined) {
    this.size = bytes.length;
    this.#rest = bytes.subarray(offset);
    this.#signal = signal;
  }

  async readInto(buffer: Uint8Array): Promise<number> {
    this.#signal?.throwIfAborted();
    const next = this.#rest.subarray(0, buffer.length);
    buffer.set(next);
    this.#rest = this.#rest.subarray(next.length);
    return next.length;
  }

  async close(): Promise<void> {}
}

function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let position = 0;
  for (const piece of pieces) {
    whole.set(piece, position);
    position += piece.length;
  }
  return whole;
}
