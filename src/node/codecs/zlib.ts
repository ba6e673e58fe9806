/**
 * zlib (RFC 1950) on Node's threads.
 *
 * Encoding: one zlib stream from pieces that are deflated side by side. Each piece is primed with the 32 KiB before it
 * and ends on a flush point, so the pieces concatenate to one raw deflate stream; a header goes before it, an empty
 * last block and the Adler-32 of all plain bytes after it. It costs 0.003 % in size, and every reader of zlib streams
 * reads it, the reference system among them, which ignores all but the first of concatenated streams.
 */
import {
  constants,
  createDeflateRaw,
  createInflate,
  type Inflate,
  type ZlibOptions as StreamOptions,
} from "node:zlib";
import type { Codec, Decoder, Encoder } from "../../codecs/codec.js";
import { levelOf } from "../../codecs/levels.js";
import type { CodecMemory } from "../../codecs/memory.js";
import { type Kernels, loadKernels } from "../../kernels/kernels.js";
import { KIB } from "../../units.js";
import type { WorkerPool } from "../threads/pool.js";
import { freeBuffer, freeStep } from "./free.js";
import { inflateWindows } from "./inflate.js";
import { pooledDecoder } from "./pooled-decoder.js";

/** How far back deflate refers. */
const DICTIONARY_SIZE = 32 * 1024;
/** zlib's least step of output. Buffers of less than this may share their memory with others. */
const OUTPUT_STEP_MIN: number = 128 * KIB;
/** By level: deflate with a window of 32 KiB, and how hard the encoder tried (RFC 1950 §2.2). */
function headerOf(level: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(0x78, level === 1 ? 0x01 : level < 6 ? 0x5e : level === 6 ? 0x9c : 0xda);
}
/** A last, empty block of fixed codes. */
const LAST_BLOCK = Uint8Array.of(0x03, 0x00);

export interface ZlibOptions {
  /** Objects are decoded on its threads once they run, and before that on the calling one. */
  readonly workers?: WorkerPool | undefined;
  /** 1 to 9: fast to small. @default {6} */
  readonly level?: number | undefined;
}

/** The codec, with kernels of its own for the checksum. @throws UsageError for what is no level */
export async function nodeZlibCodec(options: ZlibOptions = {}): Promise<Codec> {
  const level = levelOf("zlib", options.level);
  const kernels = await loadKernels({ memorySize: 0 });
  const zeroPieces = new Map<string, Promise<Uint8Array>>();
  return {
    id: "zlib",
    memory,
    encoder: () => new PieceEncoder(kernels, level, zeroPieces),
    decoder: () => inflate(),
    ...(canInflateWindows() ? { windowDecoder: windowDecoderOn(options.workers) } : {}),
  };
}

/** Whether this Node has what `inflateWindows` needs. */
function canInflateWindows(): boolean {
  const decoder = inflateWindows();
  decoder?.close();
  return decoder !== undefined;
}

function windowDecoderOn(workers: WorkerPool | undefined): NonNullable<Codec["windowDecoder"]> {
  return (plainMax) =>
    workers?.hasStarted === true ? pooledDecoder(workers, { codec: "zlib", plainMax }) : inflateWindows()!;
}

class PieceEncoder implements Encoder {
  readonly #kernels: Kernels;
  readonly #level: number;
  readonly #zeroPieces: Map<string, Promise<Uint8Array>>;
  /** What nobody else has and so can be freed. */
  readonly #own = new WeakSet<Uint8Array>();
  #adler = 1;
  #dictionary: Uint8Array | undefined;
  #dictionaryIsZero = true;

  /** @param zeroPieces encoded pieces of zeros behind zeros, which on a sparse volume are nearly all */
  constructor(kernels: Kernels, level: number, zeroPieces: Map<string, Promise<Uint8Array>>) {
    this.#kernels = kernels;
    this.#level = level;
    this.#zeroPieces = zeroPieces;
  }

  encode(piece: Uint8Array, isZero: boolean): Promise<Uint8Array> {
    this.#adler = this.#kernels.adler32(piece, this.#adler);
    const dictionary = this.#dictionary;
    const isRemembered = isZero && this.#dictionaryIsZero;
    this.#dictionaryIsZero = isZero;
    this.#dictionary = piece.slice(-DICTIONARY_SIZE);
    if (!isRemembered) return this.#deflateOwn(piece, dictionary);
    const key = `${piece.length} behind ${dictionary?.length ?? "the start"}`;
    const known = this.#zeroPieces.get(key);
    if (known !== undefined) return known;
    const encoded = deflateWith(piece, this.#level, dictionary);
    this.#zeroPieces.set(key, encoded);
    return encoded;
  }

  release(encoded: Uint8Array): void {
    if (this.#own.delete(encoded)) freeBuffer(encoded);
  }

  async #deflateOwn(piece: Uint8Array, dictionary: Uint8Array | undefined): Promise<Uint8Array> {
    const encoded = await deflateWith(piece, this.#level, dictionary);
    this.#own.add(encoded);
    return encoded;
  }

  async finish(): Promise<Uint8Array> {
    const isEmpty = this.#dictionary === undefined;
    const trailer = new Uint8Array(4);
    new DataView(trailer.buffer).setUint32(0, this.#adler);
    return Buffer.concat(isEmpty ? [headerOf(this.#level), LAST_BLOCK, trailer] : [LAST_BLOCK, trailer]);
  }
}

/**
 * Output has one step that is large enough for all of it, in which its parts lie one behind the other. What is kept of
 * it is copied, and the step given back: `deflateRaw` would join the parts, and leave the step to the collector.
 */
async function deflateWith(
  piece: Uint8Array,
  level: number,
  dictionary: Uint8Array | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const step = Math.max(OUTPUT_STEP_MIN, encodedMax(piece.length));
  const options = { level, finishFlush: constants.Z_SYNC_FLUSH, chunkSize: step };
  const parts = await deflatePiece(piece, dictionary === undefined ? options : { ...options, dictionary });
  if (dictionary === undefined) parts.unshift(headerOf(level));
  const encoded = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    encoded.set(part, at);
    at += part.length;
  }
  const last = parts.at(-1)!;
  if (last.buffer.byteLength === step) freeBuffer(last);
  return encoded;
}

/** What comes of a piece, in order: views of steps of output. */
function deflatePiece(piece: Uint8Array, options: StreamOptions): Promise<Uint8Array<ArrayBuffer>[]> {
  return new Promise((resolve, reject) => {
    const stream = createDeflateRaw(options);
    const parts: Uint8Array<ArrayBuffer>[] = [];
    stream.on("data", (part: Uint8Array<ArrayBuffer>) => parts.push(part));
    stream.once("end", () => resolve(parts));
    stream.once("error", reject);
    stream.end(piece);
  });
}

/** Plain bytes come in pieces of this size at most. */
const INFLATE_STEP = 128 * 1024;

/** Data that does not shrink goes into stored blocks: five bytes for every 16 KiB or more, so this is more than enough. */
function encodedMax(length: number): number {
  return length + (length >> 8) + KIB;
}

/** deflate's tables and window at level 6, and the copy of a piece's end that the next one refers to. */
const DEFLATE_STATE: number = 272 * KIB + DICTIONARY_SIZE;
const INFLATE_STATE: number = 48 * KIB;

const memory: CodecMemory = {
  encodedMax,
  shared: 0,
  // The step of output, out of which the result is copied.
  encodeWork: (length) => DEFLATE_STATE + Math.max(OUTPUT_STEP_MIN, encodedMax(length)),
  encoder: DICTIONARY_SIZE,
  // A step that is being filled, two that are ready, and one on its way.
  decoder: () => INFLATE_STATE + 4 * INFLATE_STEP,
};

function inflate(): Decoder {
  const stream = createInflate({ chunkSize: INFLATE_STEP });
  let written = 0;
  let hasEnded = false;
  const ended = new Promise<void>((resolve, reject) => {
    stream.once("end", () => {
      hasEnded = true;
      resolve();
    });
    stream.once("error", reject);
    stream.once("close", resolve);
  });
  ended.catch(() => {});

  const writable = new WritableStream<Uint8Array>({
    async write(bytes) {
      written += bytes.length;
      // zlib never calls back for bytes behind the end of its stream.
      const taken = new Promise<void>((resolve) => stream.write(bytes, () => resolve()));
      await Promise.race([taken, ended]);
      if (hasEnded && stream.bytesWritten < written)
        throw new Error("bytes follow the end of the zlib stream");
    },
    async close() {
      stream.end();
      await ended;
      if (stream.bytesWritten < written) throw new Error("bytes follow the end of the zlib stream");
    },
    abort: (reason) => void stream.destroy(reason instanceof Error ? reason : undefined),
  });
  return { writable, readable: readableOf(stream), release: (plain) => freeStep(plain, INFLATE_STEP) };
}

function readableOf(stream: Inflate): ReadableStream<Uint8Array<ArrayBuffer>> {
  const pieces = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array<ArrayBuffer>>;
  return new ReadableStream(
    {
      async pull(controller) {
        const next = await pieces.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: () => void stream.destroy(),
    },
    { highWaterMark: 0 },
  );
}
