/** Encoding and decoding of whole objects, in the same way as the pipeline. */
import type { Codec, Decoder } from "../codecs/codec.js";

/** The concatenation of `pieces`. */
export function joined(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Splits `bytes` into pieces of at most `size` bytes. */
export function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

export function isAllZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** Options of `encodeObject`. */
export interface EncodeOptions {
  /** Bytes of a piece, for a codec that encodes by pieces; all pieces are encoded at once. */
  readonly pieceSize: number;
  /** @default {true} */
  readonly isLengthKnown?: boolean;
  /** Whether pieces of zeros are declared as such. @default {true} */
  readonly declaresZeros?: boolean;
}

/** Encodes `plain` as an object. */
export async function encodeObject(
  codec: Codec,
  plain: Uint8Array,
  { pieceSize, isLengthKnown = true, declaresZeros = true }: EncodeOptions,
): Promise<Uint8Array> {
  const encoder = codec.encoder(isLengthKnown);
  const isZero = (bytes: Uint8Array) => declaresZeros && isAllZero(bytes);
  if (encoder.kind === "whole") return new Uint8Array(await encoder.encode(plain, isZero(plain)));
  const object = encoder.start(isLengthKnown ? plain.length : undefined);
  const encoded = await Promise.all(
    cut(plain, pieceSize).map((piece) => object.encode(piece, isZero(piece))),
  );
  const bytes = joined(...encoded, await object.finish());
  for (const piece of encoded) object.release(piece);
  return bytes;
}

/** Sizes of the writes and reads of `decodeObject`. */
export interface DecodeSizes {
  readonly pieceSize: number;
  /** @default {16384} */
  readonly windowSize?: number;
}

/**
 * Decodes `stored`: writes pieces of `pieceSize`, each in a buffer that is overwritten once its write resolves, and
 * reads windows of `windowSize`, the last of which may be filled partly. Closes the decoder.
 */
export async function decodeObject(
  decoder: Decoder,
  stored: Uint8Array,
  { pieceSize, windowSize = 16_384 }: DecodeSizes,
): Promise<Uint8Array<ArrayBuffer>> {
  const feeding = feed(decoder, cut(stored, pieceSize));
  // If feeding fails, filling fails too.
  feeding.catch(() => {});
  try {
    const plain: Uint8Array[] = [];
    for (;;) {
      const window = new Uint8Array(windowSize);
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

async function feed(decoder: Decoder, pieces: readonly Uint8Array[]): Promise<void> {
  if (pieces.length === 0) await decoder.write(new Uint8Array(0), true);
  for (const [index, piece] of pieces.entries()) {
    const buffer = new Uint8Array(piece);
    await decoder.write(buffer, index === pieces.length - 1);
    buffer.fill(0xff);
  }
}
