/**
 * zlib (RFC 1950) on the web platform's compression streams: on every runtime, one thread, level 6.
 * Node has a faster one that cuts an object into pieces.
 *
 * Bytes behind the end of the zlib stream are an error by the standard, but Node 20 ignores them, as the
 * reference system does. What was decoded is right even so: it is checked against the digest table.
 */

import { KIB } from "../../units.js";
import type { Codec, Encoder } from "../codec.js";
import type { CodecMemory } from "../memory.js";
import { INFLATED_AHEAD, inflate } from "./inflate.js";

/** deflate's tables and window at its usual settings, and the platform's step of output. */
const DEFLATE_STATE: number = 288 * KIB;
/** inflate's, and the pieces of output that the platform's stream keeps ready. */
const INFLATE_STATE: number = 512 * KIB;
/** Encoded bytes that may come out later than the piece they are made of. */
const LAG_MAX: number = 512 * KIB;

/** Data that does not shrink goes into stored blocks: five bytes for every 16 KiB or more, so this is more than enough. */
function encodedMax(length: number): number {
  return length + (length >> 8) + KIB;
}

const memory: CodecMemory = {
  encodedMax,
  shared: 0,
  // The copy of the piece, and the output before it is joined.
  encodeWork: (length) => length + encodedMax(length),
  encoder: DEFLATE_STATE + LAG_MAX,
  decoder: (inputMax) => INFLATE_STATE + 2 * inputMax + INFLATED_AHEAD,
};

/** zlib on the platform's own compression streams, at the one level that they have. */
export const zlibCodec: Codec = {
  id: "zlib",
  lags: true,
  memory,
  encoder: () => new StreamEncoder(new CompressionStream("deflate")),
  decoder: inflate,
};

/** Feeds the pieces to one compression stream in turn and collects what comes out meanwhile. */
class StreamEncoder implements Encoder {
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #collected: Promise<void>;
  #output: Uint8Array[] = [];
  #outputLength = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(stream: CompressionStream) {
    this.#writer = stream.writable.getWriter();
    this.#collected = this.#collect(stream.readable);
    this.#collected.catch(() => {});
  }

  encode(piece: Uint8Array): Promise<Uint8Array> {
    const encoded = this.#turn.then(() => this.#encodeNext(piece));
    this.#turn = encoded;
    return encoded;
  }

  async finish(): Promise<Uint8Array> {
    await this.#writer.close();
    await this.#collected;
    return this.#takeOutput(this.#outputLength);
  }

  async #encodeNext(piece: Uint8Array): Promise<Uint8Array> {
    // A copy, because the stream's write may resolve before the platform's thread has read the piece.
    await this.#writer.write(piece.slice());
    return this.#takeOutput(encodedMax(piece.length));
  }

  async #collect(readable: ReadableStream<Uint8Array>): Promise<void> {
    const reader = readable.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      this.#output.push(next.value);
      this.#outputLength += next.value.length;
    }
  }

  /** What has come out, but no more than `lengthMax`; the rest goes with the next. */
  #takeOutput(lengthMax: number): Uint8Array {
    const joined = new Uint8Array(Math.min(this.#outputLength, lengthMax));
    let at = 0;
    while (at < joined.length) {
      const bytes = this.#output.shift()!;
      const part = bytes.subarray(0, joined.length - at);
      joined.set(part, at);
      at += part.length;
      if (part.length < bytes.length) this.#output.unshift(bytes.subarray(part.length));
    }
    this.#outputLength -= joined.length;
    return joined;
  }
}
