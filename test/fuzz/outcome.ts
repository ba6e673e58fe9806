/** What becomes of bytes that a decoder is given: plain bytes, or a refusal. */

import { Buffer } from "node:buffer";
import type { Codec } from "../../src/codecs/codec.js";
import { streamOf } from "../codecs/stream-of.js";

/** A stream of a few bytes may stand for gigabytes; what goes beyond this is cut off. */
export const PLAIN_SIZE_MAX: number = 8 * 1024 * 1024;

export interface FuzzOptions {
  readonly executions: number;
  readonly seed: number;
}

export interface FuzzResult {
  readonly decoded: number;
  readonly refused: number;
  /** Milliseconds of the slowest execution. */
  readonly slowestMs: number;
}

/** Plain bytes, at most about `PLAIN_SIZE_MAX`; `undefined` where they were refused. @throws what is no refusal */
export async function outcomeOf(codec: Codec, data: Uint8Array<ArrayBuffer>): Promise<Buffer | undefined> {
  const { readable, writable } = streamOf(codec.decoder());
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  const fed = writer.write(data).then(() => writer.close());
  fed.catch(() => {});
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of readable) {
      parts.push(part);
      length += part.length;
      if (length >= PLAIN_SIZE_MAX) break;
    }
  } catch (error) {
    // A refusal is a plain Error, or the platform's with its code; any other TypeError is a check that is missing.
    if ((error instanceof TypeError || error instanceof RangeError) && !("code" in error)) throw error;
    return undefined;
  }
  return Buffer.concat(parts);
}
