/** Encoding by the platform's compression stream, at its only level and one stream per object, where the kernel cannot run. */
import { BaseObjectEncoder } from "../base-encoder.js";
import type { ObjectEncoder, PieceEncoder } from "../codec.js";
import { encodedMax } from "./encoded-max.js";

export class StreamEncoder implements PieceEncoder {
  readonly kind = "pieces";
  readonly lags = true;

  start(): ObjectEncoder {
    return new StreamedObject(new CompressionStream("deflate"));
  }
}

/** Feeds the pieces to one compression stream in turn and collects its output. */
class StreamedObject extends BaseObjectEncoder {
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #collected: Promise<void>;
  #output: Uint8Array[] = [];
  #outputLength = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(stream: CompressionStream) {
    super();
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

  override abandon(): void {
    this.#writer.abort().catch(() => {});
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

  /** Takes the output so far, at most `lengthMax` bytes; the rest is returned with the next piece. */
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
