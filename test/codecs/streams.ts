/** Whole objects through a codec: pieces in, bytes out. */
import { type Codec, type PieceEncoder, type WholeEncoder, wholeEncoderOf } from "../../src/codecs/codec.js";
import { zlibCodec } from "../../src/codecs/zlib/codec.js";
import { DeflateKernels } from "../../src/kernels/deflate-kernels.js";
import { nodeZlibCodec } from "../../src/node/codecs/zlib/codec.js";
import { streamOf } from "./stream-of.js";

export interface NamedCodec {
  readonly title: string;
  readonly codec: Codec;
}

export const codecs: readonly NamedCodec[] = [
  { title: "portable", codec: zlibCodec() },
  { title: "node", codec: await nodeZlibCodec() },
  { title: "kernel", codec: zlibCodec({ deflating: new DeflateKernels() }) },
];

/** The codec's encoder, which must take pieces. */
export function piecesOf(codec: Codec): PieceEncoder {
  const encoder = codec.encoder(false);
  if (encoder.kind === "pieces") return encoder;
  throw new Error(`${codec.id} takes objects whole`);
}

/** The codec's encoder, which must take objects whole. */
export function wholeOf(codec: Codec): WholeEncoder {
  const encoder = wholeEncoderOf(codec, false);
  if (encoder !== undefined) return encoder;
  throw new Error(`${codec.id} takes pieces`);
}

/** The object of `pieces`, all of them encoded at once, as the pipeline may do it. */
export async function encode(codec: Codec, pieces: readonly Uint8Array[]): Promise<Uint8Array> {
  const encoder = piecesOf(codec).start();
  const encoded = await Promise.all(
    pieces.map((piece) =>
      encoder.encode(
        piece,
        piece.every((byte) => byte === 0),
      ),
    ),
  );
  return Buffer.concat([...encoded, await encoder.finish()]);
}

export function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

/** Writes `stored` in pieces of `size` bytes, each in a buffer that is overwritten once its write resolves. */
export async function decode(codec: Codec, stored: Uint8Array, size = 64 * 1024): Promise<Uint8Array> {
  const { readable, writable } = streamOf(codec.decoder());
  const feeding = feed(writable, stored, size);
  feeding.catch(() => {});
  const plain: Uint8Array[] = [];
  for await (const bytes of readable) plain.push(bytes);
  await feeding;
  return Buffer.concat(plain);
}

async function feed(writable: WritableStream<Uint8Array>, stored: Uint8Array, size: number): Promise<void> {
  const writer = writable.getWriter();
  const buffer = new Uint8Array(Math.min(size, Math.max(1, stored.length)));
  for (const piece of cut(stored, size)) {
    buffer.set(piece);
    await writer.write(buffer.subarray(0, piece.length));
    buffer.fill(0xff);
  }
  await writer.close();
}
