/** Printing a digest table (format.md §4), in the reference system's layout to the byte. */
import { toUtf8 } from "../bytes.js";
import { DIGEST_SIZE } from "../units.js";
import {
  DIGESTS_KEY,
  type DigestTableHeader,
  ENTRY_HEAD,
  ENTRY_SIZE,
  HEX_DIGITS,
  printHeader,
  QUOTE,
  TABLE_BUFFER_SIZE,
} from "./digest-table.js";

/** Takes the next bytes; they may be reused once this resolves. */
export interface ByteWriter {
  write(bytes: Uint8Array): Promise<void>;
}

/** Prints a table as its digests become known. */
export class DigestTableWriter {
  readonly #out: ByteWriter;
  readonly #buffer = new Uint8Array(TABLE_BUFFER_SIZE);
  readonly #tail: string;
  #pending: Uint8Array | undefined;
  #used = 0;
  #count = 0;

  constructor(header: DigestTableHeader, out: ByteWriter) {
    this.#out = out;
    const text = printHeader(header);
    const split = text.indexOf(DIGESTS_KEY) + DIGESTS_KEY.length - 1;
    this.#tail = text.slice(split);
    this.#pending = toUtf8(text.slice(0, split));
  }

  /** Digests appended so far. */
  get count(): number {
    return this.#count;
  }

  /** Appends whole digests of 32 bytes each, in block order. */
  async append(digests: Uint8Array): Promise<void> {
    await this.#writePending();
    for (let from = 0; from < digests.length; from += DIGEST_SIZE) {
      if (this.#used + ENTRY_SIZE > TABLE_BUFFER_SIZE) await this.#flush();
      this.#printEntry(digests, from);
    }
  }

  /** Writes what is left, and the keys after the digests. */
  async finish(): Promise<void> {
    await this.#writePending();
    await this.#flush();
    await this.#out.write(toUtf8((this.#count === 0 ? "" : "\n  ") + this.#tail));
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

  async #writePending(): Promise<void> {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    await this.#out.write(pending);
  }

  async #flush(): Promise<void> {
    if (this.#used === 0) return;
    await this.#out.write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }
}
