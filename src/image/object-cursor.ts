/**
 * One stored object, open at some position: reads its plain bytes from there on, window by window.
 *
 * An encoded object can only be decoded from its start, so keeping a cursor open saves the decoding up to its position.
 * A cursor holds a decoder and a reader of the sink, and reads input ahead as far as the decoder takes it.
 */
import { openListed } from "../chain/stored-backup.js";
import type { Codec, Decoder } from "../codecs/codec.js";
import { IntegrityError, isAshlarError } from "../errors.js";
import { decodingError, lengthError } from "../pipeline/stages/decompress.js";
import type { ObjectReader } from "../sinks/sink.js";
import type { ImageObject } from "./image-object.js";

export interface CursorOptions {
  /** `undefined` for an object that is stored as its plain bytes. */
  readonly codec: Codec | undefined;
  /** Plain bytes before the first wanted one; without a codec they are skipped at no cost. */
  readonly position: number;
  /** Buffer for stored bytes, which the cursor uses until it is closed. */
  readonly input: Uint8Array;
  /** Called before a decoder is made, with its memory in bytes; resolves when that is available. */
  readonly reserve: (size: number) => Promise<void>;
}

export class ObjectCursor {
  readonly object: ImageObject;
  /** Plain bytes of the object that have been read or skipped. */
  position: number;
  readonly #reader: ObjectReader;
  readonly #input: Uint8Array;
  #decoder: Decoder | undefined;
  #feeding: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;
  #isClosed = false;

  /** @throws IntegrityError when the object is missing, empty, or of the wrong length */
  static async open(object: ImageObject, options: CursorOptions): Promise<ObjectCursor> {
    const { codec } = options;
    const position = codec === undefined ? options.position : 0;
    const { backup, entry } = object;
    const reader = await openListed(backup, entry.name, { offset: position }).catch((cause: unknown) => {
      // A sink rejects an offset beyond the object as wrong usage; here the object is wrong.
      if (!isAshlarError(cause, "usage") || position === 0) throw cause;
      const state = `it ends before byte ${position} of the ${entry.length} that the manifest says`;
      throw new IntegrityError(`Cannot read object: ${state}`, object.location, { cause });
    });
    const cursor = new ObjectCursor(object, reader, { input: options.input, position });
    try {
      if (codec !== undefined) await cursor.#startDecoding(codec, options);
      else if (reader.size !== entry.length) throw lengthError(reader.size, entry.length, object.location);
      return cursor;
    } catch (error) {
      await cursor.close();
      throw error;
    }
  }

  private constructor(
    object: ImageObject,
    reader: ObjectReader,
    { input, position }: Pick<CursorOptions, "input" | "position">,
  ) {
    this.object = object;
    this.position = position;
    this.#reader = reader;
    this.#input = input;
  }

  /** Whether all bytes have been read. */
  get isAtEnd(): boolean {
    return this.position === this.object.entry.length;
  }

  /** Fills `window` with the next plain bytes; it is an error if the object has fewer. One call at a time. */
  async readInto(window: Uint8Array): Promise<void> {
    const { length } = this.object.entry;
    const count = await (this.#decoder === undefined ? this.#reader.readInto(window) : this.#fill(window));
    if (count < window.length) throw lengthError(this.position + count, length, this.object.location);
    this.position += count;
    if (!this.isAtEnd || this.#decoder === undefined) return;
    const extra = await this.#fill(new Uint8Array(1));
    if (extra > 0) throw lengthError(length + extra, length, this.object.location);
    await this.#feeding;
  }

  /** Never rejects, because the object is not needed any more. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#decoder?.close();
    await this.#feeding.catch(() => {});
    await this.#reader.close().catch(() => {});
  }

  async #startDecoding(codec: Codec, { reserve }: CursorOptions): Promise<void> {
    const { length } = this.object.entry;
    if (this.#reader.size === 0)
      throw new IntegrityError("Cannot read object: it is empty", this.object.location);
    const head = await this.#load(this.#reader.size);
    const { memory } = codec;
    await reserve(memory.decoderFor(head, this.#input.length, length));
    this.#decoder = codec.decoder(length);
    this.#feeding = this.#feed(this.#decoder, head);
  }

  /** Loads the next of `left` remaining stored bytes. */
  async #load(left: number): Promise<Uint8Array> {
    const bytes = this.#input.subarray(0, Math.min(left, this.#input.length));
    const count = await this.#reader.readInto(bytes);
    if (count === bytes.length) return bytes;
    throw new IntegrityError("Cannot read object: it ends before its size", this.object.location);
  }

  async #fill(window: Uint8Array): Promise<number> {
    try {
      return await this.#decoder!.fill(window);
    } catch (cause) {
      throw this.#failure?.error ?? decodingError(cause, this.object.entry.compression, this.object.location);
    }
  }

  /** Feeds stored bytes to the decoder, until it has all of them or is closed. */
  #feed(decoder: Decoder, head: Uint8Array): Promise<void> {
    const feeding = this.#feedAll(decoder, head).catch((error: unknown) => {
      this.#failure = { error: decodingError(error, this.object.entry.compression, this.object.location) };
      decoder.close();
      throw this.#failure.error;
    });
    // The next call rejects with a failure.
    feeding.catch(() => {});
    return feeding;
  }

  async #feedAll(decoder: Decoder, head: Uint8Array): Promise<void> {
    let left = this.#reader.size - head.length;
    await decoder.write(head, left === 0);
    while (left > 0 && !this.#isClosed) {
      const bytes = await this.#load(left);
      left -= bytes.length;
      if (!this.#isClosed) await decoder.write(bytes, left === 0);
    }
  }
}
