/**
 * The platform's decompression stream, held to its standard: encoded bytes that stop before their end are an error.
 * Deno 2.9's stream takes them for a whole one. There, and wherever an empty stream passes, the Adler-32 with which zlib
 * ends is checked here too, which costs a pass over the plain bytes; other platforms' streams are left alone.
 */
import { ReadableStream, WritableStream } from "../../streams.js";
import { KIB } from "../../units.js";
import type { Decoder } from "../codec.js";

const CHECKSUM_SIZE = 4;
const MODULUS = 65_521;
/** Bytes that are summed before the sums are reduced: both stay below 2^30, where engines have integers. */
const SUMMED_MAX = 2048;

let complete: Promise<boolean> | undefined;

/** Whether the platform notices by itself that a stream has no end. */
function noticesMissingEnd(): Promise<boolean> {
  complete ??= refusesNothing();
  return complete;
}

/** Whether a stream of no bytes at all is an error, as it should be. */
async function refusesNothing(): Promise<boolean> {
  const { readable, writable } = new DecompressionStream("deflate");
  const [writer, reader] = [writable.getWriter(), readable.getReader()];
  const ends = [writer.close(), reader.read(), writer.closed, reader.closed];
  const outcomes = await Promise.allSettled(ends);
  return outcomes.some(({ status }) => status === "rejected");
}

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

/** Encoded bytes of one zlib stream in, plain bytes out. Errors when they are damaged or do not end. */
export function inflate(): Decoder {
  const platform = new DecompressionStream("deflate");
  const writer = platform.writable.getWriter();
  const reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> = platform.readable.getReader();
  const end = new EndCheck();
  const turns = HAS_BACKPRESSURE ? undefined : new Turns();
  let giveUp: (reason: unknown) => void = () => {};
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  givenUp.catch(() => {});
  // Whoever reads or writes is told of a failure; these would tell nobody.
  writer.closed.catch(() => {});
  reader.closed.catch(() => {});
  return {
    writable: new WritableStream<Uint8Array>({
      start({ signal }) {
        // Not in `abort`: that is called only after a write that may be waiting for its turn.
        signal.addEventListener("abort", () => {
          turns?.end();
          giveUp(signal.reason);
        });
      },
      write: async (bytes) => {
        end.tail(bytes);
        const sliceSize = turns === undefined ? bytes.length : SLICE_SIZE;
        for (let at = 0; at < bytes.length; at += sliceSize) {
          await turns?.toWrite();
          // A copy, because the platform's write may resolve before its thread has read the bytes.
          await Promise.race([writer.write(bytes.slice(at, at + sliceSize)), givenUp]);
        }
      },
      close: () => Promise.race([writer.close(), givenUp]),
      abort: async (reason) => {
        if (CAN_BE_GIVEN_UP) await writer.abort(reason);
      },
    }),
    readable: new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        async pull(controller) {
          const reading = reader.read();
          const next = await (turns?.untilRead(reading) ?? reading);
          if (next.done) {
            turns?.end();
            await end.check();
            controller.close();
          } else {
            await end.update(next.value);
            controller.enqueue(next.value);
          }
        },
        async cancel(reason) {
          turns?.end();
          giveUp(reason);
          if (CAN_BE_GIVEN_UP) await reader.cancel(reason);
        },
      },
      { highWaterMark: 0 },
    ),
  };
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

/** The checksum of the plain bytes against the last four of the encoded ones, where the platform does not compare. */
class EndCheck {
  readonly #tail = new Uint8Array(CHECKSUM_SIZE);
  #checksum = 1;

  /** Takes encoded bytes. */
  tail(bytes: Uint8Array): void {
    const last = bytes.subarray(-CHECKSUM_SIZE);
    this.#tail.copyWithin(0, last.length);
    this.#tail.set(last, CHECKSUM_SIZE - last.length);
  }

  async update(plain: Uint8Array): Promise<void> {
    if (!(await noticesMissingEnd())) this.#checksum = adler32(plain, this.#checksum);
  }

  /** @throws Error when the stream was not whole */
  async check(): Promise<void> {
    if (await noticesMissingEnd()) return;
    if (this.#checksum !== new DataView(this.#tail.buffer).getUint32(0))
      throw new Error("Cannot decode zlib: its checksum is wrong, or it has no end");
  }
}

/** RFC 1950 §8.2, going on from `seed`. */
function adler32(bytes: Uint8Array, seed: number): number {
  let low = seed & 0xffff;
  let high = seed >>> 16;
  for (let at = 0; at < bytes.length; ) {
    for (const end = Math.min(at + SUMMED_MAX, bytes.length); at < end; at++) {
      low += bytes[at]!;
      high += low;
    }
    low %= MODULUS;
    high %= MODULUS;
  }
  return ((high << 16) | low) >>> 0;
}
