/**
 * The text in which an encrypted manifest is stored (docs/encryption.md §4): JSON whose version the reference system
 * refuses by name, instead of bytes that it cannot decode.
 *
 *     {"version": "ashlar-encrypted-1", "manifest": "<base64 of the encrypted object>"}
 *
 * As many line feeds follow as the base64 has bytes in its last group of three, modulo three: so the encrypted size
 * follows from the stored size.
 */
import { fromUtf8, toUtf8 } from "../bytes.js";
import { IntegrityError } from "../errors.js";
import { ENCRYPTED_VERSION } from "../format/fields.js";
import type { ObjectReader, ObjectWriter } from "../sinks/sink.js";
import { SteppedReader } from "./stepped-reader.js";

const START: Uint8Array<ArrayBuffer> = toUtf8(`{"version": "${ENCRYPTED_VERSION}", "manifest": "`);
const END = '"}';
const FRAME_SIZE: number = START.length + END.length;
/** Bytes of base64, and of what it encodes. */
const [TEXT_GROUP, BYTE_GROUP] = [4, 3] as const;
/** Bytes that are converted at once: whole groups. */
const STEP_SIZE: number = 16_384 * BYTE_GROUP;

/** Encrypted bytes of a manifest with so many stored bytes; `undefined` for a size that no envelope has. */
export function envelopedSizeOf(storedSize: number): number | undefined {
  const text = storedSize - FRAME_SIZE;
  const rest = text % TEXT_GROUP;
  const groups = (text - rest) / TEXT_GROUP;
  if (groups < 1 || rest >= BYTE_GROUP) return undefined;
  return rest === 0 ? groups * BYTE_GROUP : (groups - 1) * BYTE_GROUP + rest;
}

/** Writes encrypted bytes into an envelope. */
export class EnvelopeWriter implements ObjectWriter {
  readonly #inner: ObjectWriter;
  readonly #step = new Uint8Array(STEP_SIZE);
  #filled = 0;
  #hasStart = false;

  constructor(inner: ObjectWriter) {
    this.#inner = inner;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let position = 0; position < bytes.length; ) {
      if (this.#filled === STEP_SIZE) await this.#flush("");
      const part = bytes.subarray(position, position + STEP_SIZE - this.#filled);
      this.#step.set(part, this.#filled);
      this.#filled += part.length;
      position += part.length;
    }
  }

  async close(): Promise<void> {
    await this.#flush(endOf(this.#filled));
    await this.#inner.close();
  }

  abort(): Promise<void> {
    return this.#inner.abort();
  }

  async #flush(after: string): Promise<void> {
    if (!this.#hasStart) await this.#inner.write(START);
    this.#hasStart = true;
    let characters = "";
    for (const byte of this.#step.subarray(0, this.#filled)) characters += String.fromCharCode(byte);
    this.#filled = 0;
    await this.#inner.write(toUtf8(btoa(characters) + after));
  }
}

/** Opens the stored object at that byte. */
export type OpenAt = (offset: number) => Promise<ObjectReader>;

/**
 * Opens the encrypted bytes in an envelope at that byte, as though they were an object.
 * @throws IntegrityError for an object that is no envelope, e.g. a manifest that is not encrypted
 */
export async function openEnvelope(open: OpenAt, name: string, offset: number): Promise<ObjectReader> {
  const group = Math.floor(offset / BYTE_GROUP);
  const reader = await open(offset === 0 ? 0 : START.length + group * TEXT_GROUP);
  try {
    const size = envelopedSizeOf(reader.size);
    if (size === undefined || (offset === 0 && !(await hasStart(reader)))) throw noEnvelope(name);
    const opened = new EnvelopeReader(reader, name, { size, position: group * BYTE_GROUP });
    await opened.readInto(new Uint8Array(offset - group * BYTE_GROUP));
    return opened;
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function hasStart(reader: ObjectReader): Promise<boolean> {
  const found = new Uint8Array(START.length);
  const count = await reader.readInto(found);
  return count === START.length && found.every((byte, i) => byte === START[i]);
}

function noEnvelope(objectName: string): IntegrityError {
  return new IntegrityError(
    "Cannot read manifest: it is not encrypted, although the repository is; for a repository without encryption, unset encryption_key or name the repository in plain_repositories",
    { objectName },
  );
}

class EnvelopeReader extends SteppedReader {
  readonly #name: string;
  /** Encrypted bytes decoded so far. */
  #position: number;

  constructor(
    inner: ObjectReader,
    name: string,
    { size, position }: { readonly size: number; readonly position: number },
  ) {
    super(inner, size);
    this.#name = name;
    this.#position = position;
  }

  protected async next(): Promise<Uint8Array | undefined> {
    const length = Math.min(STEP_SIZE, this.size - this.#position);
    if (length === 0) return undefined;
    const isLast = this.#position + length === this.size;
    const size = Math.ceil(length / BYTE_GROUP) * TEXT_GROUP;
    const text = new Uint8Array(size + (isLast ? endOf(this.size).length : 0));
    const count = await this.inner.readInto(text);
    const decoded = count < text.length ? undefined : decodedOf(text.subarray(0, size));
    if (decoded?.length !== length || (isLast && fromUtf8(text.subarray(size)) !== endOf(this.size))) {
      const location = { objectName: this.#name };
      throw new IntegrityError("Cannot read manifest: its encrypted text is damaged", location);
    }
    this.#position += length;
    return decoded;
  }
}

/** The text after the base64 of so many bytes. */
function endOf(size: number): string {
  return END + "\n".repeat(size % BYTE_GROUP);
}

/** The bytes of base64 in its one canonical spelling; `undefined` for any other text. */
function decodedOf(text: Uint8Array): Uint8Array | undefined {
  try {
    const characters = atob(fromUtf8(text));
    const lastGroup = characters.slice(-(characters.length % BYTE_GROUP || BYTE_GROUP));
    if (btoa(lastGroup) !== fromUtf8(text.subarray(-TEXT_GROUP))) return undefined;
    return Uint8Array.from(characters, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
