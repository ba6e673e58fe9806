/** Whole objects through a codec, by each of its ways, as the pipeline may go them. */
import type { Codec, Decoder } from "../codecs/codec.js";
import type { WindowDecoder } from "../codecs/window-decoder.js";

/** The given pieces, one behind the other. */
export function joined(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Pieces of at most `size` bytes. */
export function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** The object of `plain`, its pieces of `size` all encoded at once, or whole where the codec wants it so. */
export async function encodeObject(codec: Codec, plain: Uint8Array, size: number): Promise<Uint8Array> {
  const whole = codec.whole?.(true);
  if (whole !== undefined) return new Uint8Array(await whole.encode(plain, isZero(plain)));
  return await encodePieces(codec, cut(plain, size), plain.length);
}

/** The object of `pieces` by the codec's encoder; without `length`, as one whose length is not known before. */
export async function encodePieces(
  codec: Codec,
  pieces: readonly Uint8Array[],
  length?: number,
): Promise<Uint8Array> {
  const encoder = codec.encoder(length);
  const encoded = await Promise.all(pieces.map((piece) => encoder.encode(piece, isZero(piece))));
  const last = await encoder.finish();
  const object = joined(...encoded, last);
  for (const bytes of encoded) encoder.release?.(bytes);
  return object;
}

/** Writes `stored` in pieces of `size`, each in a buffer that is overwritten once its write resolves. */
export async function decodeObject(
  decoder: Decoder,
  stored: Uint8Array,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const feeding = feedStream(decoder.writable, stored, size);
  // Where it fails, reading does as well.
  feeding.catch(() => {});
  const reader = decoder.readable.getReader() as ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  const plain: Uint8Array[] = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    // Not `slice`, which gives a view where the bytes are a Buffer.
    plain.push(new Uint8Array(next.value));
    decoder.release?.(next.value);
  }
  await feeding;
  return joined(...plain);
}

async function feedStream(
  writable: WritableStream<Uint8Array>,
  stored: Uint8Array,
  size: number,
): Promise<void> {
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  const buffer = new Uint8Array(size);
  for (const piece of cut(stored, size)) {
    buffer.set(piece);
    await writer.write(buffer.subarray(0, piece.length));
    buffer.fill(0xff);
  }
  await writer.close();
}

/** The same by windows of `windowSize`, the last of which may be filled in part. */
export async function decodeWindows(
  decoder: WindowDecoder,
  stored: Uint8Array,
  sizes: { readonly pieceSize: number; readonly windowSize: number },
): Promise<Uint8Array> {
  const feeding = feedWindows(decoder, cut(stored, sizes.pieceSize));
  feeding.catch(() => {});
  try {
    const plain: Uint8Array[] = [];
    for (;;) {
      const window = new Uint8Array(sizes.windowSize);
      const count = await decoder.fill(window);
      plain.push(window.subarray(0, count));
      if (count < window.length) break;
    }
    await feeding;
    return joined(...plain);
  } finally {
    decoder.close();
  }
}

async function feedWindows(decoder: WindowDecoder, pieces: readonly Uint8Array[]): Promise<void> {
  for (const [index, piece] of pieces.entries()) {
    const buffer = piece.slice();
    await decoder.write(buffer, index === pieces.length - 1);
    buffer.fill(0xff);
  }
}
