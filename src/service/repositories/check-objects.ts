/** Place for the objects of a repository check: stores them, finds them and removes them. */
import { bytesEqual, toHex } from "../../bytes.js";
import { IntegrityError } from "../../errors.js";
import { sideBySide } from "../../side-by-side.js";
import type { ObjectSink, OpenOptions } from "../../sinks/sink.js";

/** Prefix of every object of every check, so that the objects of a check that was killed can be recognized. */
const CHECK_PREFIX = "ashlar-check-";
/** Concurrent puts or removals. */
const CALLS_MAX = 8;

export class CheckObjects {
  readonly sink: ObjectSink;
  readonly container: string;
  /** Prefix of this check's objects alone. */
  readonly prefix: string;
  readonly #signal: AbortSignal | undefined;
  /** Full names of objects that may exist: an unreliable listing may lack them. */
  readonly #names = new Set<string>();

  constructor(sink: ObjectSink, container: string, signal: AbortSignal | undefined) {
    this.sink = sink;
    this.container = container;
    this.prefix = `${CHECK_PREFIX}${toHex(crypto.getRandomValues(new Uint8Array(8)))}-`;
    this.#signal = signal;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    this.#names.add(this.prefix + name);
    const writer = await this.sink.create(this.container, this.prefix + name, { signal: this.#signal });
    try {
      await writer.write(bytes);
      await writer.close();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }

  /** Puts one byte under each name, several at once. */
  async putMany(names: readonly string[]): Promise<void> {
    const one = new Uint8Array([1]);
    await sideBySide(names, CALLS_MAX, (name) => this.put(name, one));
  }

  /** @throws IntegrityError when the object differs from `expected`, from byte `offset` on */
  async expect(name: string, expected: Uint8Array, offset = 0): Promise<void> {
    const options: OpenOptions = { offset, signal: this.#signal };
    const reader = await this.sink.open(this.container, this.prefix + name, options);
    try {
      const found = new Uint8Array(expected.length - offset + 1);
      const count = await reader.readInto(found);
      if (reader.size === expected.length && bytesEqual(found.subarray(0, count), expected.subarray(offset)))
        return;
      throw new IntegrityError(
        `Cannot read back what was put: ${count} bytes came from byte ${offset} on, and they are not the same`,
      );
    } finally {
      await reader.close();
    }
  }

  /** Names without the prefix, sorted. */
  async list(beginning = ""): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of this.sink.list(this.container, this.prefix + beginning)) {
      this.#signal?.throwIfAborted();
      names.push(name.slice(this.prefix.length));
    }
    return names.sort();
  }

  /** Objects left by checks that did not finish. */
  async leftovers(): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of this.sink.list(this.container, CHECK_PREFIX)) {
      if (!name.startsWith(this.prefix)) names.push(name);
    }
    return names;
  }

  remove(name: string): Promise<void> {
    return this.sink.remove(this.container, this.prefix + name);
  }

  /** Removes everything that this check has put; ignores the signal. */
  async clear(): Promise<void> {
    for await (const { name } of this.sink.list(this.container, this.prefix)) this.#names.add(name);
    await this.sink.removeAll(this.container, [...this.#names]);
    await this.sink.removeUnfinished(this.container, this.prefix);
    const left: string[] = [];
    for await (const { name } of this.sink.list(this.container, this.prefix)) left.push(name);
    await this.sink.removeContainer(this.container);
    if (left.length > 0)
      throw new IntegrityError(`Cannot remove ${left.length} objects: they are still listed`);
  }
}
