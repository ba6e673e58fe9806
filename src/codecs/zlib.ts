/**
 * zlib (RFC 1950) on the web platform's compression streams: on every runtime, one thread, level 6.
 * Node has a faster one that cuts an object into pieces.
 *
 * Bytes behind the end of the zlib stream are an error by the standard, but Node 20 ignores them, as the
 * reference system does. What was decoded is right even so: it is checked against the digest table.
 */
import type { Codec, Decoder, Encoder } from "./codec.js";

export const zlibCodec: Codec = {
  id: "zlib",
  lags: true,
  encoder: () => new StreamEncoder(new CompressionStream("deflate")),
  decoder: (): Decoder => {
    const { readable, writable } = new TransformStream<Uint8Array, BufferSource>({
      // A copy, for the reason that `encode` makes one.
      transform: (bytes, controller) => controller.enqueue(bytes.slice()),
    });
    return { writable, readable: readable.pipeThrough(new DecompressionStream("deflate")) };
  },
};

/** Feeds the pieces to one compression stream in turn and collects what comes out meanwhile. */
class StreamEncoder implements Encoder {
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #collected: Promise<void>;
  #output: Uint8Array[] = [];
  #turn: Promise<void> = Promise.resolve();

  constructor(stream: CompressionStream) {
    this.#writer = stream.writable.getWriter();
    this.#collected = this.#collect(stream.readable);
    this.#collected.catch(() => {});
  }

  async encode(piece: Uint8Array): Promise<Uint8Array> {
    // A copy, because the stream's write may resolve before the platform's thread has read the piece.
    const owned = piece.slice();
    const written = this.#turn.then(() => this.#writer.write(owned));
    this.#turn = written;
    await written;
    return this.#takeOutput();
  }

  async finish(): Promise<Uint8Array> {
    await this.#writer.close();
    await this.#collected;
    return this.#takeOutput();
  }

  async #collect(readable: ReadableStream<Uint8Array>): Promise<void> {
    const reader = readable.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read())
      this.#output.push(next.value);
  }

  #takeOutput(): Uint8Array {
    const output = this.#output;
    this.#output = [];
    const joined = new Uint8Array(output.reduce((size, bytes) => size + bytes.length, 0));
    let at = 0;
    for (const bytes of output) {
      joined.set(bytes, at);
      at += bytes.length;
    }
    return joined;
  }
}
