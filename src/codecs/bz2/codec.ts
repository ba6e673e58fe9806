/**
 * bz2: each piece becomes one whole bzip2 stream, and the object is their concatenation, which every reader of bzip2
 * reads, the reference system among them. So pieces need nothing of each other. An object without pieces is the stream
 * of nothing.
 */

import { ReadableStream, TransformStream } from "../../streams.js";
import { KIB } from "../../units.js";
import type { Codec, Decoder, Encoder } from "../codec.js";
import { levelOf } from "../levels.js";
import type { CodecMemory } from "../memory.js";

/** Decodes a sequence of streams; see the kernels' `Bzip2Decompressor`. */
export interface Bzip2Decoding {
  /** Plain pieces of the next `encoded` bytes, lazily; to be run to its end before the next call. */
  decode(encoded: Uint8Array): Iterable<Uint8Array<ArrayBuffer>>;
  /** What is left once there are no more bytes. */
  end(): Iterable<Uint8Array<ArrayBuffer>>;
}

/** What the codec needs of whoever does the work. */
export interface Bzip2<Decoding extends Bzip2Decoding = Bzip2Decoding> {
  /** `piece` as one whole stream; reads it until the promise settles. */
  compress(piece: Uint8Array, level: number): Promise<Uint8Array>;
  /** A decoding at its start. */
  acquire(): Promise<Decoding>;
  /** Takes back what was acquired, in whatever state it is. */
  release(decoding: Decoding): void;
  /** Gives the memory of bytes that came from here back at once, where the host can. */
  readonly free?: ((bytes: Uint8Array) => void) | undefined;
  /** Bytes of everything that compresses, together. */
  readonly compressorSize: number;
  /** Bytes of one decoding. */
  readonly decodingSize: number;
}

/** What the bz2 codec may be told. */
export interface Bz2Options {
  /** 1 to 9: blocks of up to that many times 100 000 bytes. @default {9} */
  readonly level?: number | undefined;
}

/** @throws UsageError for what is no level */
export function bz2Codec<Decoding extends Bzip2Decoding>(
  bzip2: Bzip2<Decoding>,
  options: Bz2Options = {},
): Codec {
  const level = levelOf("bz2", options.level);
  const compress = (piece: Uint8Array) => bzip2.compress(piece, level);
  const zeroPieces = new Map<number, Promise<Uint8Array>>();
  return {
    id: "bz2",
    memory: memoryOf(bzip2),
    encoder: () => new PieceEncoder(compress, zeroPieces, bzip2.free),
    decoder: () => decoder(bzip2),
  };
}

/** A hundredth and 600 bytes is what bzip2's manual allows for data that does not shrink; this is three times that. */
function encodedMax(length: number): number {
  return length + (length >> 5) + 2 * KIB;
}

/** Plain bytes that a decoding gives at once, of which a few pieces may be on their way. */
const PLAIN_SIZE: number = 4 * 64 * KIB;

function memoryOf({ compressorSize, decodingSize }: Bzip2): CodecMemory {
  return {
    encodedMax,
    // The copy of the piece that goes to a thread, and the blocks before they are joined.
    encodeWork: (length) => length + encodedMax(length),
    shared: compressorSize,
    encoder: 0,
    decoder: (inputMax) => decodingSize + 2 * inputMax + PLAIN_SIZE,
  };
}

type Compress = (piece: Uint8Array) => Promise<Uint8Array>;

class PieceEncoder implements Encoder {
  readonly #compress: Compress;
  readonly #zeroPieces: Map<number, Promise<Uint8Array>>;
  readonly #free: Bzip2["free"];
  /** What nobody else has and so can be freed. */
  readonly #own = new WeakSet<Uint8Array>();
  #isEmpty = true;

  /** @param zeroPieces encoded pieces of zeros by length, which on a sparse volume are nearly all */
  constructor(compress: Compress, zeroPieces: Map<number, Promise<Uint8Array>>, free: Bzip2["free"]) {
    this.#compress = compress;
    this.#zeroPieces = zeroPieces;
    this.#free = free;
  }

  encode(piece: Uint8Array, isZero: boolean): Promise<Uint8Array> {
    this.#isEmpty = false;
    if (!isZero) return this.#compressOwn(piece);
    const { length } = piece;
    const known = this.#zeroPieces.get(length);
    if (known !== undefined) return known;
    const encoded = this.#compress(piece);
    this.#zeroPieces.set(length, encoded);
    encoded.catch(() => this.#zeroPieces.delete(length));
    return encoded;
  }

  async finish(): Promise<Uint8Array> {
    return this.#isEmpty ? this.#compress(new Uint8Array(0)) : new Uint8Array(0);
  }

  release(encoded: Uint8Array): void {
    if (this.#own.delete(encoded)) this.#free?.(encoded);
  }

  async #compressOwn(piece: Uint8Array): Promise<Uint8Array> {
    const encoded = await this.#compress(piece);
    this.#own.add(encoded);
    return encoded;
  }
}

function decoder<Decoding extends Bzip2Decoding>(bzip2: Bzip2<Decoding>): Decoder {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
    // A copy, because the write resolves when its bytes are taken, and they are decoded as plain bytes are asked for.
    transform: (bytes, controller) => controller.enqueue(new Uint8Array(bytes)),
  });
  const encoded = readable.getReader();
  const plain = decodeAll(bzip2, encoded);
  return {
    writable,
    readable: new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        async pull(controller) {
          const next = await plain.next();
          if (next.done) controller.close();
          else controller.enqueue(next.value);
        },
        async cancel(reason) {
          // Ends a wait for input, if there is one, so that `return` is heard.
          await encoded.cancel(reason);
          await plain.return();
        },
      },
      { highWaterMark: 0 },
    ),
    ...(bzip2.free === undefined ? {} : { release: bzip2.free }),
  };
}

async function* decodeAll<Decoding extends Bzip2Decoding>(
  bzip2: Bzip2<Decoding>,
  encoded: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const decoding = await bzip2.acquire();
  try {
    for (let next = await encoded.read(); !next.done; next = await encoded.read()) {
      yield* decoding.decode(next.value);
    }
    yield* decoding.end();
  } catch (error) {
    await encoded.cancel(error);
    throw error;
  } finally {
    bzip2.release(decoding);
  }
}
