/** Deflating by `node:zlib`, on libuv's threads. */
import { constants, createDeflateRaw, type ZlibOptions as StreamOptions } from "node:zlib";
import { encodedMax } from "../../../codecs/zlib/encoded-max.js";
import { KIB } from "../../../units.js";
import { longWork } from "../../thread-pool.js";
import { freeBuffer } from "../free.js";

/** Smallest output buffer for zlib. Smaller buffers may share their memory with others. */
export const OUTPUT_STEP_MIN: number = 128 * KIB;

/**
 * Deflates with one output buffer that is large enough for everything, so that the parts lie in it in sequence. The
 * result is copied and the buffer freed; `deflateRaw` would join the parts, and leave the buffer to garbage collection.
 */
export async function deflateOnLibuv(
  piece: Uint8Array,
  dictionary: Uint8Array,
  level: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const step = Math.max(OUTPUT_STEP_MIN, encodedMax(piece.length));
  const options = { level, finishFlush: constants.Z_SYNC_FLUSH, chunkSize: step };
  const given = dictionary.length === 0 ? options : { ...options, dictionary };
  const parts = await longWork().run(() => deflatePiece(piece, given));
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

/** The parts of a deflated piece, in order: views of the output buffer. */
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
