/**
 * Parsing a digest table (format.md §4), in pieces of any size. The keys before and after the digests may be JSON of
 * any layout, but the block size must precede the digests, as it does with sorted keys.
 */
import { fromUtf8 } from "../bytes.js";
import { IntegrityError } from "../errors.js";
import { DIGEST_SIZE } from "../units.js";
import {
  DIGESTS_KEY,
  type DigestTableHeader,
  ENTRY_HEAD,
  ENTRY_SIZE,
  type EntryCollector,
  isEntry,
  parseDigest,
  printHeader,
  QUOTE,
  TABLE_BUFFER_SIZE,
} from "./digest-table.js";
import { readField, requireVersion } from "./fields.js";

/** Reads the next bytes into `buffer`. Returns their number: less than `buffer.length` only at the end, 0 after it. */
export interface ByteReader {
  readInto(buffer: Uint8Array): Promise<number>;
}

const COMMA = 0x2c;
const CLOSING_BRACKET = 0x5d;
const HEAD_SIZE_MAX = 1024 * 1024;
const TAIL_SIZE_MAX = 1024 * 1024;
const DIGESTS_START = /"sha256s"\s*:\s*\[/;

/** Parses a table in pieces of any size. */
export class DigestTableReader {
  readonly header: Omit<DigestTableHeader, "volumeId">;
  readonly #source: ByteReader;
  readonly #name: string;
  readonly #head: string;
  readonly #buffer: Uint8Array;
  #start: number;
  #end: number;
  #count = 0;
  #volumeId: string | undefined;

  /**
   * Reads up to the first digest.
   * @param name the table's object name, for messages
   * @throws IntegrityError if the object has no `sha256s`, or the fields before it are missing or wrong
   */
  static async open(source: ByteReader, name: string): Promise<DigestTableReader> {
    let bytes = new Uint8Array(TABLE_BUFFER_SIZE);
    let used = 0;
    for (;;) {
      const count = await source.readInto(bytes.subarray(used));
      used += count;
      const text = latin1(bytes.subarray(0, used));
      const match = DIGESTS_START.exec(text);
      if (match !== null) {
        const start = match.index + match[0].length;
        return new DigestTableReader(source, name, {
          bytes,
          head: text.slice(0, match.index),
          start,
          end: used,
        });
      }
      if (count === 0 || used >= HEAD_SIZE_MAX) break;
      if (used < bytes.length) continue;
      const grown = new Uint8Array(bytes.length * 2);
      grown.set(bytes);
      bytes = grown;
    }
    throw new IntegrityError('Cannot read digest table: it has no "sha256s"', { objectName: name });
  }

  private constructor(
    source: ByteReader,
    name: string,
    opened: { bytes: Uint8Array; head: string; start: number; end: number },
  ) {
    this.#source = source;
    this.#name = name;
    this.#head = opened.head;
    this.#buffer = opened.bytes;
    this.#start = opened.start;
    this.#end = opened.end;
    this.header = parseHeader(`${opened.head}"sha256s":[]}`, name);
  }

  /** Digests returned so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * Number of digests in the table, computed from its stored size, if what has been read of it has the usual layout;
   * otherwise `undefined`, and the digests must be counted. Saves a pass over gigabytes before a restore is planned.
   */
  countBySize(storedSize: number, volumeId: string): number | undefined {
    const header = { ...this.header, volumeId };
    const text = printHeader(header);
    const isUsual = this.#head === text.slice(0, text.indexOf(DIGESTS_KEY));
    return isUsual ? digestCountOf(header, storedSize) : undefined;
  }

  /**
   * Position of the first digest's entry in the object, if `countBySize` knows the number of digests: then the position
   * of every entry is known.
   */
  firstEntryBySize(storedSize: number, volumeId: string): number | undefined {
    if (this.countBySize(storedSize, volumeId) === undefined) return undefined;
    return this.#head.length + DIGESTS_KEY.indexOf("[");
  }

  /** The volume's id, which follows the digests: `undefined` until the whole table has been read. */
  get volumeId(): string | undefined {
    return this.#volumeId;
  }

  /**
   * Fills `digests` with the next digests of 32 bytes each. Returns their number: fewer than fit only at the end of the
   * table, which has then been checked to its last byte.
   */
  async readInto(digests: Uint8Array): Promise<number> {
    const wanted = Math.floor(digests.length / DIGEST_SIZE);
    let read = 0;
    while (read < wanted && (this.#isAtUsualEntry() || (await this.#toNextEntry()))) {
      this.#parseEntry(digests, read * DIGEST_SIZE);
      read++;
      this.#count++;
    }
    return read;
  }

  /**
   * Passes the next `count` digests on, unparsed where their layout is the usual one. Returns how many there were: fewer
   * only at the end of the table.
   */
  async copyTo(table: EntryCollector, count: number): Promise<number> {
    const digest = new Uint8Array(DIGEST_SIZE);
    let copied = 0;
    while (copied < count) {
      const usual = this.#usualEntries(count - copied);
      if (usual > 0) {
        const end = this.#start + usual * ENTRY_SIZE;
        await table.appendEntries(this.#buffer.subarray(this.#start, end));
        this.#start = end;
        this.#count += usual;
        copied += usual;
      } else {
        // The first entry, one that is not buffered whole, or another layout.
        if ((await this.readInto(digest)) === 0) break;
        await table.append(digest);
        copied++;
      }
    }
    return copied;
  }

  /** Number of entries of the usual layout that are buffered whole, at most `max`. */
  #usualEntries(max: number): number {
    if (this.#count === 0) return 0;
    const whole = Math.min(max, Math.floor((this.#end - this.#start) / ENTRY_SIZE));
    let count = 0;
    while (count < whole && isEntry(this.#buffer, this.#start + count * ENTRY_SIZE)) count++;
    return count;
  }

  /** Skips the usual separator, without awaiting: a wait per block would cost more than parsing. */
  #isAtUsualEntry(): boolean {
    const at = this.#start;
    if (this.#count === 0 || this.#end - at < ENTRY_SIZE) return false;
    for (let i = 0; i < ENTRY_HEAD.length; i++) if (this.#buffer[at + i] !== ENTRY_HEAD[i]) return false;
    this.#start = at + ENTRY_HEAD.length - 1;
    return true;
  }

  /** Moves to the opening quote of the next entry, and buffers the whole entry; returns false at the end. */
  async #toNextEntry(): Promise<boolean> {
    if (this.#volumeId !== undefined) return false;
    let byte = await this.#skipSpace();
    if (byte === CLOSING_BRACKET) {
      await this.#readTail();
      return false;
    }
    if (this.#count > 0) {
      if (byte !== COMMA) throw this.#malformed("want a comma between two digests");
      this.#start++;
      byte = await this.#skipSpace();
    }
    if (byte !== QUOTE) throw this.#malformed("want a digest in quotes");
    if (this.#end - this.#start < 66 && !(await this.#fill(66)))
      throw this.#malformed("the table ends early");
    return true;
  }

  #parseEntry(digests: Uint8Array, at: number): void {
    const from = this.#start + 1;
    if (!parseDigest(this.#buffer, from, digests, at))
      throw this.#malformed("want 64 lower-case hexadecimal digits");
    const end = from + 2 * DIGEST_SIZE;
    if (this.#buffer[end] !== QUOTE) throw this.#malformed("want 64 lower-case hexadecimal digits in quotes");
    this.#start = end + 1;
  }

  async #skipSpace(): Promise<number> {
    for (;;) {
      if (this.#start === this.#end && !(await this.#fill(1))) throw this.#malformed("the table ends early");
      const byte = this.#buffer[this.#start]!;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.#start++;
    }
  }

  /** Makes at least `size` unread bytes available; returns false if the object ends before. */
  async #fill(size: number): Promise<boolean> {
    const buffer = this.#buffer;
    buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    while (this.#end < size) {
      const count = await this.#source.readInto(buffer.subarray(this.#end));
      if (count === 0) return false;
      this.#end += count;
    }
    return true;
  }

  async #readTail(): Promise<void> {
    let tail = "";
    do {
      tail += latin1(this.#buffer.subarray(this.#start, this.#end));
      this.#start = this.#end;
      if (tail.length > TAIL_SIZE_MAX) throw this.#malformed("too much follows the digests");
    } while (await this.#fill(1));
    const fields = parseFields(`${this.#head}"sha256s":[${tail}`, this.#name);
    requireVersion(fields.version, this.#name);
    this.#volumeId = readField(fields, "volume_id", "string", { objectName: this.#name });
  }

  #malformed(wanted: string): IntegrityError {
    return new IntegrityError(`Cannot read digest table: ${wanted}`, {
      objectName: this.#name,
      blockIndex: this.#count,
    });
  }
}

function parseHeader(text: string, name: string): DigestTableReader["header"] {
  const location = { objectName: name };
  const fields = parseFields(text, name);
  const blockSize = readField(fields, "chunk_size", "size", location);
  if (blockSize === 0) throw new IntegrityError("Cannot read digest table: the block size is 0", location);
  return {
    backupId: readField(fields, "backup_id", "string", location),
    backupName: readField(fields, "backup_name", "string?", location),
    backupDescription: readField(fields, "backup_description", "string?", location),
    createdAt: readField(fields, "created_at", "string", location),
    blockSize,
  };
}

function parseFields(text: string, name: string): Record<string, unknown> {
  try {
    return JSON.parse(fromUtf8(fromLatin1(text))) as Record<string, unknown>;
  } catch (cause) {
    throw new IntegrityError("Cannot read digest table: it is not JSON", { objectName: name }, { cause });
  }
}

/** One character per byte, so that positions in the text are positions in the bytes. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function fromLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Number of digests in a table of `storedSize` bytes with the usual layout; `undefined` if none fits that size. */
function digestCountOf(header: DigestTableHeader, storedSize: number): number | undefined {
  const rest = storedSize - printHeader(header).length - "\n  ".length + ",".length;
  return rest > 0 && rest % ENTRY_SIZE === 0 ? rest / ENTRY_SIZE : undefined;
}
