/** Printing a digest table (format.md §4), in the reference system's layout to the byte. */
import { toUtf8 } from "../bytes.js";
import { DIGEST_SIZE } from "../units.js";
import {
  DIGESTS_KEY,
  type DigestTableHeader,
  ENTRY_HEAD,
  ENTRY_SIZE,
  type EntryCollector,
  HEX_DIGITS,
  printHeader,
  QUOTE,
  TABLE_BUFFER_SIZE,
} from "./digest-table.js";

/** Takes the next bytes; the caller may reuse the buffer once this resolves. */
export interface ByteWriter {
  write(bytes: Uint8Array): Promise<void>;
}

/** Prints a table as its digests become known. A full buffer is written while the other is filled. */
export class DigestTableWriter implements EntryCollector {
  readonly #out: ByteWriter;
  readonly #tail: string;
  /** The two buffers, used in turns. */
  #buffer = new Uint8Array(TABLE_BUFFER_SIZE);
  #writtenBuffer = new Uint8Array(TABLE_BUFFER_SIZE);
  /** Resolves when nothing is being written. */
  #written: Promise<void> = Promise.resolve();
  #head: string | undefined;
  #used = 0;
  #count = 0;

  constructor(header: DigestTableHeader, out: ByteWriter) {
    this.#out = out;
    const text = printHeader(header);
    const split = text.indexOf(DIGESTS_KEY) + DIGESTS_KEY.length - 1;
    this.#tail = text.slice(split);
    this.#head = text.slice(0, split);
  }

  async append(digests: Uint8Array): Promise<void> {
    await this.#printHead();
    for (let from = 0; from < digests.length; from += DIGEST_SIZE) {
      if (this.#used + ENTRY_SIZE > TABLE_BUFFER_SIZE) await this.#flush();
      this.#printEntry(digests, from);
    }
  }

  async appendEntries(entries: Uint8Array): Promise<void> {
    await this.#printHead();
    // The first entry of a table has no comma.
    for (let from = this.#count === 0 ? 1 : 0; from < entries.length; ) {
      if (this.#used === TABLE_BUFFER_SIZE) await this.#flush();
      const piece = entries.subarray(from, from + TABLE_BUFFER_SIZE - this.#used);
      this.#buffer.set(piece, this.#used);
      this.#used += piece.length;
      from += piece.length;
    }
    this.#count += entries.length / ENTRY_SIZE;
  }

  /** Writes the rest of the digests, and the keys after them. */
  async finish(): Promise<void> {
    await this.#printHead();
    await this.#print((this.#count === 0 ? "" : "\n  ") + this.#tail);
    await this.#flush();
    await this.#written;
  }

  async #printHead(): Promise<void> {
    const head = this.#head;
    if (head === undefined) return;
    this.#head = undefined;
    await this.#print(head);
  }

  async #print(text: string): Promise<void> {
    const bytes = toUtf8(text);
    for (let at = 0; at < bytes.length; ) {
      if (this.#used === TABLE_BUFFER_SIZE) await this.#flush();
      const piece = bytes.subarray(at, at + TABLE_BUFFER_SIZE - this.#used);
      this.#buffer.set(piece, this.#used);
      this.#used += piece.length;
      at += piece.length;
    }
  }

  #printEntry(digests: Uint8Array, from: number): void {
    const buffer = this.#buffer;
    let at = this.#used;
    for (let i = this.#count === 0 ? 1 : 0; i < ENTRY_HEAD.length; i++) buffer[at++] = ENTRY_HEAD[i]!;
    for (let i = from; i < from + DIGEST_SIZE; i++) {
      const byte = digests[i]!;
      buffer[at++] = HEX_DIGITS[byte >> 4]!;
      buffer[at++] = HEX_DIGITS[byte & 15]!;
    }
    buffer[at++] = QUOTE;
    this.#used = at;
    this.#count++;
  }

  /** Starts to write the buffer, once the one before it has been written. */
  async #flush(): Promise<void> {
    await this.#written;
    const full = this.#buffer;
    this.#buffer = this.#writtenBuffer;
    this.#writtenBuffer = full;
    this.#written = this.#out.write(full.subarray(0, this.#used));
    // Awaited before the next write, or at the end.
    this.#written.catch(() => {});
    this.#used = 0;
  }
}
