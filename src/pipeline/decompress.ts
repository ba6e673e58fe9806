/**
 * decompress: stored bytes to plain bytes in windows, by the codec that the manifest names for each object.
 *
 * Objects of codec `none` go on in the buffers that they were loaded into. Others are decoded into buffers of a second
 * pool, so that a loaded part never waits for a buffer that only its own decoding could free. More plain bytes than the
 * manifest says end the decoding at once: an object cannot take more memory or time than it claims.
 */
import type { Codec, Codecs, Decoder } from "../codecs/codec.js";
import { codecIdOf } from "../codecs/labels.js";
import { IntegrityError, type IntegrityPlace, isAshlarError } from "../errors.js";
import { TransformStream } from "../streams.js";
import type { Hold, MemoryBudget } from "./budget.js";
import type { LoadedPart, PlainPart } from "./part.js";
import type { BufferPool, PooledBuffer } from "./pool.js";

/** Takes the stored parts of one object. */
interface ObjectDecoding {
  add(part: LoadedPart): Promise<void>;
}

type Emit = (part: PlainPart) => void;

export interface DecompressOptions {
  readonly codecs: Codecs;
  /** Where decoded bytes go; buffers of a whole number of blocks. */
  readonly pool: BufferPool;
  /** Of which a decoder is held while it is open. */
  readonly budget: MemoryBudget;
  /** Bytes of the longest loaded part. */
  readonly partLengthMax: number;
  /** Plain bytes of the longest object that a codec decodes. */
  readonly encodedLengthMax: number;
  /** The place of a planned object, for messages. */
  readonly placeOf: (part: LoadedPart) => IntegrityPlace;
}

export function decompress(options: DecompressOptions): TransformStream<LoadedPart, PlainPart> {
  let decoding: ObjectDecoding | undefined;
  return new TransformStream<LoadedPart, PlainPart>({
    async transform(part, controller) {
      decoding ??= startDecoding(part, options, (plain) => controller.enqueue(plain));
      await decoding.add(part);
      if (part.isLast) decoding = undefined;
    },
  });
}

function startDecoding(part: LoadedPart, options: DecompressOptions, emit: Emit): ObjectDecoding {
  const { codecs, placeOf } = options;
  const label = part.planned.object.compression;
  const place = placeOf(part);
  const id = codecIdOf(label);
  if (id === "none") return new PlainObject(emit, place);
  const codec = id === undefined ? undefined : codecs.get(id);
  if (codec === undefined) {
    const known = ["none", ...codecs.keys()].join(", ");
    throw new IntegrityError(
      `Cannot decode object: unsupported compression algorithm: ${label}; known: ${known}`,
      place,
    );
  }
  return new EncodedObject(codec, { ...options, emit, place, label });
}

/** An object that is stored as its plain bytes. */
class PlainObject implements ObjectDecoding {
  readonly #emit: Emit;
  readonly #place: IntegrityPlace;
  #length = 0;

  constructor(emit: Emit, place: IntegrityPlace) {
    this.#emit = emit;
    this.#place = place;
  }

  async add({ planned, bytes, buffer, isLast }: LoadedPart): Promise<void> {
    const offset = planned.object.offset + this.#length;
    this.#length += bytes.length;
    checkLength(this.#length, planned.object.length, { isLast, place: this.#place });
    this.#emit({ planned, offset, bytes, buffer, isLast });
  }
}

interface EncodedObjectOptions
  extends Pick<DecompressOptions, "pool" | "budget" | "partLengthMax" | "encodedLengthMax"> {
  readonly emit: Emit;
  readonly place: IntegrityPlace;
  readonly label: string;
}

interface OpenDecoder {
  readonly hold: Hold;
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  /** Settles when everything that comes out has been sent on. */
  readonly gathered: Promise<void>;
}

/** An object that a codec decodes: its output is gathered into windows while its input is still coming. */
class EncodedObject implements ObjectDecoding {
  readonly #codec: Codec;
  readonly #options: EncodedObjectOptions;
  #open: OpenDecoder | undefined;
  #window: PooledBuffer | undefined;
  #windowLength = 0;
  #length = 0;

  constructor(codec: Codec, options: EncodedObjectOptions) {
    this.#codec = codec;
    this.#options = options;
  }

  async add(part: LoadedPart): Promise<void> {
    this.#open ??= await this.#openDecoder(part);
    const { writer, hold } = this.#open;
    const { gathered, failed } = settleBoth(this.#open.gathered);
    try {
      await Promise.race([writer.write(part.bytes), failed]);
      part.buffer.release();
      if (!part.isLast) return;
      await Promise.race([writer.close(), failed]);
      await gathered;
      hold.release();
    } catch (cause) {
      throw this.#explain(cause);
    }
  }

  async #openDecoder(part: LoadedPart): Promise<OpenDecoder> {
    const { budget, partLengthMax, encodedLengthMax } = this.#options;
    const hold = await budget.acquire(this.#codec.memory.decoder(partLengthMax, encodedLengthMax));
    const decoder = this.#codec.decoder(encodedLengthMax);
    const writer = decoder.writable.getWriter();
    // Failures show in `write` and `gathered`, which are awaited.
    writer.closed.catch(() => {});
    return { hold, writer, gathered: this.#gather(decoder, part) };
  }

  #explain(cause: unknown): unknown {
    if (isAshlarError(cause)) return cause;
    const { label, place } = this.#options;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new IntegrityError(`Cannot decode object: its ${label} data cannot be read: ${reason}`, place, {
      cause,
    });
  }

  async #gather(decoder: Decoder, { planned }: LoadedPart): Promise<void> {
    // Leaving the loop early, by an error, cancels the decoder.
    for await (const plain of decoder.readable) {
      checkLength(this.#length + plain.length, planned.object.length, {
        isLast: false,
        place: this.#options.place,
      });
      for (let from = 0; from < plain.length; ) from += await this.#fill(plain.subarray(from), planned);
      decoder.release?.(plain);
    }
    checkLength(this.#length, planned.object.length, { isLast: true, place: this.#options.place });
  }

  /** Copies what fits into the window, and sends it on when it is full or the object's last. */
  async #fill(plain: Uint8Array, planned: PlainPart["planned"]): Promise<number> {
    this.#window ??= await this.#options.pool.acquire();
    const buffer = this.#window;
    const count = Math.min(plain.length, buffer.bytes.length - this.#windowLength);
    buffer.bytes.set(plain.subarray(0, count), this.#windowLength);
    this.#windowLength += count;
    this.#length += count;
    const isLast = this.#length === planned.object.length;
    if (isLast || this.#windowLength === buffer.bytes.length) {
      const bytes = buffer.bytes.subarray(0, this.#windowLength);
      this.#options.emit({
        planned,
        offset: planned.object.offset + this.#length - bytes.length,
        bytes,
        buffer,
        isLast,
      });
      this.#window = undefined;
      this.#windowLength = 0;
    }
    return count;
  }
}

/** `gathered` itself, and a promise that only ever rejects, to race against. */
function settleBoth(gathered: Promise<void>): { gathered: Promise<void>; failed: Promise<never> } {
  const failed = new Promise<never>((_, reject) => {
    gathered.catch(reject);
  });
  failed.catch(() => {});
  return { gathered, failed };
}

function checkLength(
  length: number,
  expected: number,
  { isLast, place }: { readonly isLast: boolean; readonly place: IntegrityPlace },
): void {
  if (length > expected || (isLast && length < expected)) {
    const found = length > expected ? `more than the ${expected}` : `${length} instead of the ${expected}`;
    throw new IntegrityError(`Cannot decode object: it has ${found} bytes that the manifest says`, place);
  }
}
