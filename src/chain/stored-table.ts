/**
 * An open digest table of a stored backup: its digests in order, and at its end the check of its bytes against the
 * digest that the catalog has recorded.
 */
import { IntegrityError, inBackup } from "../errors.js";
import type { EntryCollector } from "../format/digest-table.js";
import { DigestTableReader } from "../format/digest-table-reader.js";
import { digestTableName } from "../format/names.js";
import type { Hashes } from "../ports.js";
import type { ObjectReader } from "../sinks/sink.js";
import { HashingReader } from "./hashing-reader.js";
import { openStored, type ReadingOptions, type StoredBackup } from "./stored-backup.js";

/** A stored digest table, read as a stream: the `parent` of an incremental backup. Its opener closes it. */
export class StoredTable {
  readonly header: DigestTableReader["header"];
  /** Stored bytes. */
  readonly storedSize: number;
  readonly #backup: StoredBackup;
  readonly #object: ObjectReader;
  readonly #hashing: HashingReader;
  readonly #reader: DigestTableReader;
  #sha256: string | undefined;

  /** The signal also aborts later calls. @throws IntegrityError if the object is missing or not a digest table */
  static async open(
    backup: StoredBackup,
    hashes: Hashes,
    options: ReadingOptions = {},
  ): Promise<StoredTable> {
    const name = digestTableName(backup.prefix);
    const object = await openStored(backup, name, options);
    try {
      const hashing = new HashingReader(object, hashes.sha256());
      const reader = await DigestTableReader.open(hashing, name);
      return new StoredTable(backup, object, { hashing, reader });
    } catch (error) {
      await object.close();
      throw inBackup(error, backup.backupId);
    }
  }

  private constructor(
    backup: StoredBackup,
    object: ObjectReader,
    readers: { hashing: HashingReader; reader: DigestTableReader },
  ) {
    this.#backup = backup;
    this.#object = object;
    this.#hashing = readers.hashing;
    this.#reader = readers.reader;
    this.header = readers.reader.header;
    this.storedSize = object.size;
  }

  /** Fills `digests` with the next digests. Returns their number: fewer than fit only at the end of the table. */
  async readInto(digests: Uint8Array): Promise<number> {
    const count = await this.#read(digests);
    if (this.#reader.volumeId !== undefined) this.#checkEnd();
    return count;
  }

  /** Passes the next `count` digests on, at less cost than `readInto`; returns how many were left to pass on. */
  async copyTo(table: EntryCollector, count: number): Promise<number> {
    try {
      return await this.#reader.copyTo(table, count);
    } catch (error) {
      throw inBackup(error, this.#backup.backupId);
    }
  }

  /** Digests read so far. */
  get count(): number {
    return this.#reader.count;
  }

  /** Whether the whole table has been read, to its last byte. */
  get isAtEnd(): boolean {
    return this.#reader.volumeId !== undefined;
  }

  /** SHA-256 of the stored table, 64 hexadecimal digits, once all of it has been read by `readInto`. */
  get sha256(): string | undefined {
    return this.#sha256;
  }

  /** Number of digests in the whole table, if it follows from the stored size. */
  countBySize(): number | undefined {
    return this.#reader.countBySize(this.storedSize, this.#backup.volumeId);
  }

  /** Position of the first entry, for `parseDigestEntries`, if the layout is the usual one. */
  firstEntry(): number | undefined {
    return this.#reader.firstEntryBySize(this.storedSize, this.#backup.volumeId);
  }

  /** Reads to the end. Returns the number of digests in the whole table. */
  async countAll(): Promise<number> {
    const scratch = new Uint8Array(32 * 1024);
    while ((await this.readInto(scratch)) > 0);
    return this.#reader.count;
  }

  close(): Promise<void> {
    return this.#object.close();
  }

  async #read(digests: Uint8Array): Promise<number> {
    try {
      return await this.#reader.readInto(digests);
    } catch (error) {
      throw inBackup(error, this.#backup.backupId);
    }
  }

  #checkEnd(): void {
    if (this.#sha256 !== undefined) return;
    const location = { backupId: this.#backup.backupId, objectName: digestTableName(this.#backup.prefix) };
    const sha256 = this.#hashing.hex();
    this.#sha256 = sha256;
    const { digestTableSha256 } = this.#backup;
    if (digestTableSha256 !== undefined && digestTableSha256 !== sha256) {
      throw new IntegrityError(
        "Cannot trust digest table: its bytes are not the ones that were stored",
        location,
      );
    }
    if (this.#reader.volumeId !== this.#backup.volumeId) {
      throw new IntegrityError(`Cannot use digest table: it is of volume ${this.#reader.volumeId}`, location);
    }
  }
}
