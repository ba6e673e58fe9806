/**
 * Decoding by the platform's decompression stream, held to its standard: encoded bytes that stop before their end are an
 * error. Deno 2.9's stream accepts them. There, and wherever an empty stream passes, the Adler-32 with which zlib ends is
 * checked here too, which costs a pass over the plain bytes; other platforms' streams are left alone.
 */
import { KIB } from "../../units.js";
import type { Decoder } from "../codec.js";
import { EndCheck } from "./end-check.js";

/**
 * workerd's stream takes all that is written to it, whatever is read: 50 KiB that stand for 50 MiB of zeros took 65 MiB
 * (measured). There, a slice goes in only when what has come out is taken.
 */
const HAS_BACKPRESSURE: boolean = globalThis.navigator?.userAgent !== "Cloudflare-Workers";
/**
 * Node's stream throws where nobody can catch it when it is given up with plain bytes on their way (24.21: "Controller is
 * already closed", once in some dozen). There it is left alone: it stops by its own backpressure, and is collected.
 * Node 20 has no `navigator`.
 */
const CAN_BE_GIVEN_UP: boolean = !(globalThis.navigator?.userAgent ?? "Node").startsWith("Node");
const SLICE_SIZE: number = 16 * KIB;
/** deflate makes at most 1032 bytes of one. */
const EXPANSION_MAX = 1032;
/** Plain bytes that may have come out before they are asked for. */
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
  /** What has come out and did not fit into a window. */
  #rest: Uint8Array | undefined;

  constructor() {
    const { readable, writable } = new DecompressionStream("deflate");
    this.#writer = writable.getWriter();
    this.#reader = readable.getReader();
    this.#closed = new Promise<never>((_, reject) => {
      this.#close = reject;
    });
    // Failures show in the calls.
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

/** After so many a read has mostly been answered for which there was something. */
const MICROTASKS = 8;

/** Lets a slice be written only while a read waits for which there is nothing. */
class Turns {
  #isStarved = false;
  #isEnded = false;
  #wake = (): void => {};

  /** The result of a read, and meanwhile, if it does not come at once, the writer's turns. */
  async untilRead<T>(reading: Promise<T>): Promise<T> {
    let isRead = false;
    const done = reading.finally(() => {
      isRead = true;
    });
    done.catch(() => this.end());
    // Mostly there is something, and a timer for each piece would cost more than the piece.
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

  /** Resolves when something may be written, or nothing is read any more. */
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

/** By then a read has been answered for which there was something. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
