/**
 * Decoding by the platform's decompression stream. By its standard, truncated data is an error, but Deno 2.9's stream
 * accepts it. There, and wherever an empty stream is accepted, this decoder also checks zlib's final Adler-32, which
 * costs a pass over the plain bytes; on other platforms it does not.
 */
import { KIB } from "../../units.js";
import type { Decoder } from "../codec.js";
import { EndCheck } from "./end-check.js";

/**
 * workerd's stream has no backpressure: 50 KiB that decode to 50 MiB of zeros took 65 MiB (measured). There, a slice is
 * written only after the output so far has been read.
 */
const HAS_BACKPRESSURE: boolean = globalThis.navigator?.userAgent !== "Cloudflare-Workers";
/**
 * Node's stream throws an uncatchable error if it is cancelled while plain bytes are in transit (24.21: "Controller is
 * already closed", once in a few dozen times). So it is not cancelled: it stops by its own backpressure, and is
 * garbage-collected. Node 20 has no `navigator`.
 */
const CAN_BE_GIVEN_UP: boolean = !(globalThis.navigator?.userAgent ?? "Node").startsWith("Node");
const SLICE_SIZE: number = 16 * KIB;
/** One encoded byte of deflate decodes to at most 1032. */
const EXPANSION_MAX = 1032;
/** Plain bytes that may be decoded before they are requested. */
export const INFLATED_AHEAD: number = HAS_BACKPRESSURE ? 0 : SLICE_SIZE * EXPANSION_MAX;

/** Decodes one zlib stream. */
export class InflateDecoder implements Decoder {
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #end = new EndCheck();
  readonly #turns: Turns | undefined = HAS_BACKPRESSURE ? undefined : new Turns();
  /** Rejects when the decoder is closed; never resolves. */
  readonly #closed: Promise<never>;
  #close!: (reason: unknown) => void;
  /** The part of the latest output that did not fit into a window. */
  #rest: Uint8Array | undefined;

  constructor() {
    const { readable, writable } = new DecompressionStream("deflate");
    this.#writer = writable.getWriter();
    this.#reader = readable.getReader();
    this.#closed = new Promise<never>((_, reject) => {
      this.#close = reject;
    });
    // Failures reject the calls.
    for (const end of [this.#closed, this.#writer.closed, this.#reader.closed]) end.catch(() => {});
  }

  async write(encoded: Uint8Array, isLast: boolean): Promise<void> {
    this.#end.addEncoded(encoded);
    const sliceSize = this.#turns === undefined ? encoded.length : SLICE_SIZE;
    for (let at = 0; at < encoded.length; at += sliceSize) {
      await this.#turns?.toWrite();
      // A copy, because the platform's write may resolve before its thread has read the bytes.
      await Promise.race([this.#writer.write(encoded.slice(at, at + sliceSize)), this.#closed]);
    }
    if (isLast) await Promise.race([this.#writer.close(), this.#closed]);
  }

  async fill(window: Uint8Array): Promise<number> {
    let length = 0;
    while (length < window.length) {
      this.#rest ??= await Promise.race([this.#next(), this.#closed]);
      if (this.#rest === undefined) break;
      const piece = this.#rest.subarray(0, window.length - length);
      window.set(piece, length);
      length += piece.length;
      this.#rest = piece.length < this.#rest.length ? this.#rest.subarray(piece.length) : undefined;
    }
    return length;
  }

  close(): void {
    const reason = new Error("the decoder was closed");
    this.#turns?.end();
    this.#close(reason);
    if (!CAN_BE_GIVEN_UP) return;
    this.#writer.abort(reason).catch(() => {});
    this.#reader.cancel(reason).catch(() => {});
  }

  async #next(): Promise<Uint8Array | undefined> {
    const reading = this.#reader.read();
    const { done, value } = await (this.#turns?.untilRead(reading) ?? reading);
    if (done) {
      this.#turns?.end();
      await this.#end.check();
      return undefined;
    }
    await this.#end.addPlain(value);
    return value;
  }
}

/** Enough microtasks for most reads to resolve if output is available. */
const MICROTASKS = 8;

/** Lets a slice be written only while a read waits without available output. */
class Turns {
  #isStarved = false;
  #isEnded = false;
  #wake = (): void => {};

  /** Waits for a read; lets the writer write meanwhile if the read does not resolve at once. */
  async untilRead<T>(reading: Promise<T>): Promise<T> {
    let isRead = false;
    const done = reading.finally(() => {
      isRead = true;
    });
    done.catch(() => this.end());
    // Usually output is available, and a timer for each piece would cost more than the piece.
    for (let turn = 0; turn < MICROTASKS && !isRead; turn++) await undefined;
    while (!isRead) {
      await Promise.race([done, nextTurn()]);
      if (isRead) break;
      this.#isStarved = true;
      this.#wake();
    }
    this.#isStarved = false;
    return await done;
  }

  /** Resolves when a slice may be written, or nothing will be read any more. */
  async toWrite(): Promise<void> {
    while (!this.#isStarved && !this.#isEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#isStarved = false;
  }

  end(): void {
    this.#isEnded = true;
    this.#wake();
  }
}

/** After a timer turn, a read has resolved if output was available. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
