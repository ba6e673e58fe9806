/**
 * Objects of bytes that do not shrink, as each codec's own tools would write them, made at the speed of a copy: the
 * object's bytes are a piece that is repeated, so what was encoded once may be used again.
 */

import { createDeflate } from "node:zlib";
import type { Codec, CodecId } from "../../src/codecs/codec.js";
import { KIB, MIB } from "../../src/units.js";
import { piecesOf } from "../codecs/streams.js";

export interface PlainObject {
  /** The first `size` bytes of `piece`, over and over. */
  readonly piece: Uint8Array;
  readonly size: number;
}

/** The object's encoded bytes. @param bz2 the codec, whose streams may be repeated as they are */
export function encoded(
  id: Exclude<CodecId, "none">,
  object: PlainObject,
  bz2: Codec,
): AsyncIterable<Uint8Array> {
  if (id === "zlib") return zlibStream(object);
  return id === "zstd" ? zstdFrame(object) : bzip2Streams(object, bz2);
}

function* parts({ piece, size }: PlainObject): Generator<Uint8Array> {
  for (let at = 0; at < size; at += piece.length) yield piece.subarray(0, Math.min(piece.length, size - at));
}

async function* zlibStream(object: PlainObject): AsyncGenerator<Uint8Array> {
  // Level 1 finds as little in noise as any other, and sooner.
  const deflate = createDeflate({ level: 1 });
  const written = (async () => {
    for (const part of parts(object)) {
      if (!deflate.write(part)) await new Promise((resolve) => deflate.once("drain", resolve));
    }
    deflate.end();
  })();
  yield* deflate;
  await written;
}

/** As many streams as MiB in the piece, then the same again: concatenated streams are one object. */
async function* bzip2Streams({ piece, size }: PlainObject, codec: Codec): AsyncGenerator<Uint8Array> {
  const encoder = piecesOf(codec).start();
  const streams: Promise<Uint8Array>[] = [];
  for (let at = 0; at < piece.length; at += MIB)
    streams.push(encoder.encode(piece.subarray(at, at + MIB), false));
  for (let at = 0; at < size; at += MIB) {
    const part = piece.subarray(at % piece.length, (at % piece.length) + Math.min(MIB, size - at));
    yield part.length === MIB ? await streams[(at % piece.length) / MIB]! : await encoder.encode(part, false);
  }
  yield await encoder.finish();
}

/** RFC 8878 §3.1.1: its content size in eight bytes, a window of 2 MiB as level 3 has it, and raw blocks. */
async function* zstdFrame(object: PlainObject): AsyncGenerator<Uint8Array> {
  const header = new DataView(new ArrayBuffer(14));
  header.setUint32(0, 0xfd2fb528, true);
  header.setUint8(4, 0xc0);
  header.setUint8(5, (21 - 10) << 3);
  header.setBigUint64(6, BigInt(object.size), true);
  yield new Uint8Array(header.buffer);
  let left = object.size;
  for (const part of parts(object)) {
    for (let at = 0; at < part.length; at += 128 * KIB) {
      const block = part.subarray(at, at + 128 * KIB);
      left -= block.length;
      const head = (block.length << 3) | (left === 0 ? 1 : 0);
      yield Uint8Array.of(head & 255, (head >> 8) & 255, head >> 16);
      yield block;
    }
  }
}
