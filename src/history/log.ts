/**
 * The history of a repository: an append-only log of signed entries, each an object of its own beside the backups,
 * chained by the SHA-256 of the entry before.
 */

import { bytesEqual, toUtf8 } from "../bytes.js";
import { isAshlarError, ObjectExistsError, StorageError } from "../errors.js";
import { REPOSITORY_NAME } from "../format/names.js";
import type { Hashes } from "../ports.js";
import type { ObjectSink } from "../sinks/sink.js";
import {
  ENTRY_SIZE_MAX,
  type EntryPosition,
  type HistoryEvent,
  openEntry,
  printEntry,
  type SignedEntry,
  signEntry,
  wrong,
} from "./entry.js";
import type { HistorySigner } from "./keys.js";

/** The newest entry that a reader knows. */
export interface HistoryHead {
  readonly history: string;
  readonly number: number;
  readonly hash: string;
}

/** The place of a log, and the signatures that its reader accepts. */
export interface HistoryLogOptions {
  /** Of the repository's own objects. */
  readonly container: string;
  readonly hashes: Hashes;
  /** Public keys that are accepted. */
  readonly keys: readonly string[];
}

/** Attempts to append an entry while others append theirs. */
const TRIES_MAX = 50;
const NUMBER_DIGITS = 12;

/** Reads and appends the entries of one log. No entry is replaced or removed. */
export class HistoryLog {
  readonly #sink: ObjectSink;
  readonly #options: HistoryLogOptions;

  constructor(sink: ObjectSink, options: HistoryLogOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  /** The object that has entry `number`. */
  nameOf(number: number): string {
    const start = this.#sink.naming === "flat" ? "" : `${REPOSITORY_NAME}-`;
    return `${start}history-${String(number).padStart(NUMBER_DIGITS, "0")}`;
  }

  /**
   * The entries after `head`, in order, each verified.
   * @throws IntegrityError for one that is not signed, not the next, or of another history
   */
  async *after(head: HistoryHead | undefined): AsyncGenerator<SignedEntry, void, undefined> {
    for (let last = head; ; ) {
      const next = await this.#next(last);
      if (next === undefined) return;
      yield next;
      last = headOf(next);
    }
  }

  /** @throws IntegrityError unless the store has the entry that is known as the newest */
  async requireHead({ number, hash }: HistoryHead): Promise<void> {
    const name = this.nameOf(number);
    const bytes = await this.#read(name);
    if (bytes === undefined)
      throw wrong(
        "an entry that was there is missing: the repository was rolled back, or is another one",
        name,
      );
    const { line } = await openEntry(bytes, name, this.#options.keys);
    if (this.#hashOf(line) !== hash)
      throw wrong("another entry is in the place of a known one: the repository was replaced", name);
  }

  /** The object of an entry, as it is stored. */
  async object(number: number): Promise<Uint8Array> {
    const name = this.nameOf(number);
    const bytes = await this.#read(name);
    if (bytes === undefined) throw wrong("an entry is missing", name);
    return bytes;
  }

  /**
   * Appends an entry after `head` or, if others have appended meanwhile, after theirs, which `onOther` receives.
   * @returns the entry
   */
  async append(
    event: HistoryEvent,
    given: {
      readonly head: HistoryHead | undefined;
      readonly signer: HistorySigner;
      readonly now: Date;
      readonly onOther: (entry: SignedEntry) => Promise<void>;
    },
  ): Promise<SignedEntry> {
    let { head } = given;
    const { container } = this.#options;
    await this.#sink.createContainer(container);
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      for await (const other of this.after(head)) {
        await given.onOther(other);
        head = headOf(other);
      }
      const line = printEntry(positionAfter(head, given.now), event);
      const bytes = await signEntry(line, given.signer);
      const name = this.nameOf((head?.number ?? 0) + 1);
      // Stores without conditional puts let two writers take one number: the one that is read back has it.
      if (!(await this.#put(name, bytes)) || !bytesEqual((await this.#read(name)) ?? toUtf8(""), bytes))
        continue;
      return (await this.#next(head))!;
    }
    throw new StorageError(
      `Cannot append to the history in container ${JSON.stringify(container)}: others append all the time`,
      { call: "append", status: "temporary" },
    );
  }

  async #next(head: HistoryHead | undefined): Promise<SignedEntry | undefined> {
    const number = (head?.number ?? 0) + 1;
    const name = this.nameOf(number);
    const bytes = await this.#read(name);
    if (bytes === undefined) return undefined;
    const { entry, line } = await openEntry(bytes, name, this.#options.keys);
    if (entry.number !== number) throw wrong(`it is entry ${entry.number}`, name);
    if (entry.previous !== (head?.hash ?? null)) throw wrong("it does not follow the entry before it", name);
    if (head !== undefined && entry.history !== head.history) throw wrong("it is of another history", name);
    return { entry, line, hash: this.#hashOf(line) };
  }

  #hashOf(line: string): string {
    const hash = this.#options.hashes.sha256();
    hash.update(toUtf8(line));
    return hash.hex();
  }

  /** Resolves to whether the name was free. */
  async #put(name: string, bytes: Uint8Array): Promise<boolean> {
    try {
      const writer = await this.#sink.create(this.#options.container, name, { isNew: true });
      try {
        await writer.write(bytes);
        await writer.close();
        return true;
      } catch (error) {
        await writer.abort();
        throw error;
      }
    } catch (error) {
      if (error instanceof ObjectExistsError) return false;
      throw error;
    }
  }

  async #read(name: string): Promise<Uint8Array | undefined> {
    try {
      const reader = await this.#sink.open(this.#options.container, name);
      try {
        if (reader.size > ENTRY_SIZE_MAX) throw wrong(`it has ${reader.size} bytes`, name);
        const bytes = new Uint8Array(reader.size);
        return bytes.subarray(0, await reader.readInto(bytes));
      } finally {
        await reader.close();
      }
    } catch (error) {
      if (isAshlarError(error, "not-found")) return undefined;
      throw error;
    }
  }
}

function headOf({ entry, hash }: SignedEntry): HistoryHead {
  return { history: entry.history, number: entry.number, hash };
}

function positionAfter(head: HistoryHead | undefined, now: Date): EntryPosition {
  return {
    history: head?.history ?? crypto.randomUUID().replaceAll("-", ""),
    number: (head?.number ?? 0) + 1,
    previous: head?.hash ?? null,
    at: now.toISOString(),
  };
}
