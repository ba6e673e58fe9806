/**
 * Divides a manifest's text, which is untrusted and can be long, into parts that are parsed one by one: its entries of
 * "objects" in batches, and the frame around them.
 *
 *     {"backup_id": …, "objects": [ {…}, {…} | {…}, {…} | {…} ], "version": …}
 *      └─ frame ─────────────────┘ └ batch ─┘ └ batch ─┘ └───┘  └─ frame ────┘
 *
 * It only follows strings and brackets. Each part's parser checks that it is JSON; if all parts are, so is the whole.
 * Nothing is copied, and the first pass refuses a text that is nested more deeply, or has more in one place, than a
 * backup can need.
 */

/** More than the four levels of a manifest. */
const DEPTH_MAX = 32;
/** Enough for an escaped name of 1024 bytes and a few fields. */
const ENTRY_SIZE_MAX: number = 64 * 1024;
/** Enough for everything beside the objects: names, descriptions, and the volume's metadata. */
const FRAME_SIZE_MAX: number = 8 * 1024 * 1024;
const BATCH_SIZE: number = 256 * 1024;
/** Bytes of one step. */
const STEP_SIZE: number = 1024 * 1024;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];
const OBJECTS = "objects";

/** Positions of bytes, excluding the end. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface ManifestParts {
  /** The bytes between the brackets of the first "objects"; `undefined` if there is no such key with an array. */
  readonly objects: ByteRange | undefined;
  /** Ranges of whole entries of `objects`, with the commas between them. */
  readonly batches: readonly ByteRange[];
}

/** Divides the bytes in steps. @throws RangeError that names what exceeds a backup's needs */
export function* divideManifest(bytes: Uint8Array): Generator<undefined, ManifestParts, undefined> {
  const scan = new ManifestScan(bytes);
  for (let position = 0; position < bytes.length; position += STEP_SIZE) {
    scan.read(Math.min(bytes.length, position + STEP_SIZE));
    yield;
  }
  return scan.parts();
}

class ManifestScan {
  readonly #bytes: Uint8Array;
  readonly #batches: ByteRange[] = [];
  #position = 0;
  #depth = 0;
  #isInString = false;
  /** Start and end of the last string outside the objects, without its quotes. */
  #textStart = 0;
  #textEnd = 0;
  #isObjectsKey = false;
  #objectsStart = -1;
  #objectsEnd = -1;
  #entryStart = 0;
  #batchStart = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Scans up to `end`. */
  read(end: number): void {
    const bytes = this.#bytes;
    for (let i = this.#position; i < end; i++) {
      const byte = bytes[i]!;
      if (this.#isInString) {
        if (byte === BACKSLASH) i++;
        else if (byte === QUOTE) this.#endString(i);
      } else if (byte === QUOTE) {
        this.#isInString = true;
        this.#textStart = i + 1;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#open(byte, i);
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#close(i);
      else if (byte === COLON) this.#isObjectsKey = this.#depth === 1 && this.#isObjectsText();
      else if (byte === COMMA) this.#separate(i);
      // The byte after a backslash may be beyond the end.
      this.#position = i + 1;
    }
    this.#checkSizes();
  }

  parts(): ManifestParts {
    if (this.#objectsEnd < 0) return { objects: undefined, batches: [] };
    return { objects: { start: this.#objectsStart, end: this.#objectsEnd }, batches: this.#batches };
  }

  get #isInObjects(): boolean {
    return this.#objectsStart >= 0 && this.#objectsEnd < 0;
  }

  #endString(at: number): void {
    this.#isInString = false;
    this.#textEnd = at;
  }

  #isObjectsText(): boolean {
    if (this.#textEnd - this.#textStart !== OBJECTS.length) return false;
    for (let i = 0; i < OBJECTS.length; i++)
      if (this.#bytes[this.#textStart + i] !== OBJECTS.charCodeAt(i)) return false;
    return true;
  }

  #open(byte: number, at: number): void {
    if (++this.#depth > DEPTH_MAX) throw new RangeError(`it is nested more than ${DEPTH_MAX} levels deep`);
    if (!this.#isObjectsKey || this.#depth !== 2 || byte !== OPEN_BRACKET || this.#objectsStart >= 0) return;
    this.#isObjectsKey = false;
    this.#objectsStart = at + 1;
    this.#entryStart = at + 1;
    this.#batchStart = at + 1;
  }

  #close(at: number): void {
    if (this.#depth === 2 && this.#isInObjects) {
      this.#checkEntry(at);
      this.#objectsEnd = at;
      this.#batches.push({ start: this.#batchStart, end: at });
    }
    this.#depth--;
  }

  #separate(at: number): void {
    if (this.#depth === 1) this.#isObjectsKey = false;
    if (this.#depth !== 2 || !this.#isInObjects) return;
    this.#checkEntry(at);
    this.#entryStart = at + 1;
    if (at - this.#batchStart < BATCH_SIZE) return;
    this.#batches.push({ start: this.#batchStart, end: at });
    this.#batchStart = at + 1;
  }

  #checkEntry(end: number): void {
    if (end - this.#entryStart <= ENTRY_SIZE_MAX) return;
    throw new RangeError(`an entry of "objects" has more than ${ENTRY_SIZE_MAX} bytes`);
  }

  #checkSizes(): void {
    if (this.#isInObjects) this.#checkEntry(this.#position);
    const inside =
      this.#objectsStart < 0
        ? 0
        : (this.#objectsEnd < 0 ? this.#position : this.#objectsEnd) - this.#objectsStart;
    if (this.#position - inside <= FRAME_SIZE_MAX) return;
    throw new RangeError(`it has more than ${FRAME_SIZE_MAX} bytes beside its objects`);
  }
}
