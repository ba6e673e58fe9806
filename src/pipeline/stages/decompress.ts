/**
 * decompress: decodes one object's stored bytes to plain bytes in windows, with the codec that the manifest names.
 *
 * An object of codec `none` stays in the buffers that it was loaded into. Others are decoded into buffers of a second
 * pool, so that a loaded piece never waits for a buffer that only its own decoding could free. Decoding stops as soon as
 * there are more plain bytes than in the manifest: an object cannot take more memory or time than it claims.
 */
import type { PlannedObject } from "../../chain/plan.js";
import type { Codec, Codecs, Decoder } from "../../codecs/codec.js";
import { codecIdOf } from "../../codecs/labels.js";
import { type DamageLocation, IntegrityError, isAshlarError } from "../../errors.js";
import type { MemoryBudget } from "../memory/budget.js";
import type { BufferPool } from "../memory/pool.js";
import type { StageMeter } from "../run/profile.js";
import { MeteredDecoder } from "./metered-decoder.js";
import type { LoadedPiece, PlainPiece } from "./piece.js";

/** Loads the next stored piece of the object; call it until a piece is the last. */
export type NextPiece = () => Promise<LoadedPiece>;

/** Options of `decompress`. */
export interface DecompressOptions {
  readonly codecs: Codecs;
  /** Buffers for decoded bytes, each a whole number of blocks. */
  readonly pool: BufferPool;
  /** Provides a decoder's memory while it is open. */
  readonly budget: MemoryBudget;
  /** Bytes of the longest loaded piece. */
  readonly pieceLengthMax: number;
  /** Plain bytes of the longest object that a codec decodes. */
  readonly encodedLengthMax: number;
  /** Whether the run continues after an object fails, and needs its buffers and memory back. @default {false} */
  readonly goesOn?: boolean | undefined;
  /** Receives the pieces of the object, in order. */
  readonly emit: (piece: PlainPiece) => void;
  /** The object's location, for messages. */
  readonly location: DamageLocation;
  readonly meter?: StageMeter | undefined;
}

/** Resolves when the whole object has been emitted, and no stored bytes follow. */
export async function decompress(
  planned: PlannedObject,
  next: NextPiece,
  options: DecompressOptions,
): Promise<void> {
  const { codecs, location } = options;
  const codec = codecOf(planned.object.compression, codecs, location);
  if (codec === undefined) await passOn(planned, next, options);
  else await decode(planned, next, { ...options, codec });
}

/** @returns `undefined` for an object that is stored as its plain bytes @throws IntegrityError for an unknown label */
export function codecOf(label: string, codecs: Codecs, location: DamageLocation): Codec | undefined {
  const id = codecIdOf(label);
  if (id === "none") return undefined;
  const codec = id === undefined ? undefined : codecs.get(id);
  if (codec !== undefined) return codec;
  const known = ["none", ...codecs.keys()].join(", ");
  throw new IntegrityError(
    `Cannot decode object: unsupported compression algorithm: ${label}; known: ${known}`,
    location,
  );
}

/** Passes on an object that is stored as its plain bytes. */
async function passOn(
  planned: PlannedObject,
  next: NextPiece,
  { emit, location, meter }: DecompressOptions,
): Promise<void> {
  const expected = planned.object.length;
  let length = 0;
  for (let isLast = false; !isLast; ) {
    const piece = await next();
    const offset = planned.object.offset + length;
    length += piece.bytes.length;
    isLast = piece.isLast;
    if (length > expected || (isLast && length < expected)) {
      piece.buffer.release();
      throw lengthError(length, expected, location);
    }
    meter?.take(piece.bytes.length);
    meter?.give(piece.bytes.length);
    emit({ planned, offset, bytes: piece.bytes, buffer: piece.buffer, isLast });
  }
}

interface DecodeOptions extends DecompressOptions {
  readonly codec: Codec;
}

/** Takes output while input is still arriving. */
async function decode(planned: PlannedObject, next: NextPiece, options: DecodeOptions): Promise<void> {
  const { codec, budget, pieceLengthMax, encodedLengthMax: plainMax, meter } = options;
  // Load the first piece before acquiring the decoder's memory: an object that waits then withholds only one buffer.
  const first = await next();
  const hold = await budget.acquire(codec.memory.decoder(pieceLengthMax, plainMax));
  const unmetered = codec.decoder(plainMax);
  const decoder = meter === undefined ? unmetered : new MeteredDecoder(unmetered, meter);
  const halves = [feed(decoder, first, next), take(decoder, planned, options)] as const;
  try {
    await bothOf(...halves, () => decoder.close());
  } catch (cause) {
    if (options.goesOn === true) await Promise.allSettled(halves);
    hold.release();
    throw decodingError(cause, planned.object.compression, options.location);
  }
  decoder.close();
  hold.release();
}

/** Loads the next piece while one is decoded. */
async function feed(decoder: Decoder, first: LoadedPiece, next: NextPiece): Promise<void> {
  let piece = first;
  for (;;) {
    const following = piece.isLast ? undefined : next();
    following?.catch(() => {});
    try {
      await decoder.write(piece.bytes, piece.isLast);
    } catch (error) {
      following?.then(({ buffer }) => buffer.release()).catch(() => {});
      throw error;
    } finally {
      piece.buffer.release();
    }
    if (following === undefined) return;
    piece = await following;
  }
}

async function take(decoder: Decoder, planned: PlannedObject, options: DecodeOptions): Promise<void> {
  const { pool, emit, location, meter } = options;
  const { length: expected, offset: start } = planned.object;
  for (let length = 0; length < expected; ) {
    const buffer = await pool.acquire();
    buffer.overwrite(0);
    const window = buffer.bytes.subarray(0, Math.min(buffer.bytes.length, expected - length));
    try {
      const count = await decoder.fill(window);
      if (count < window.length) throw lengthError(length + count, expected, location);
    } catch (error) {
      buffer.release();
      throw error;
    }
    meter?.give(window.length);
    const offset = start + length;
    length += window.length;
    emit({ planned, offset, bytes: window, buffer, isLast: length === expected });
  }
  const extra = await decoder.fill(new Uint8Array(1));
  if (extra > 0) throw lengthError(expected + extra, expected, location);
}

/** Resolves when both have. Rejects with the first error, after calling `stop` to end the other. */
async function bothOf(one: Promise<void>, other: Promise<void>, stop: () => void): Promise<void> {
  try {
    await Promise.all([one, other]);
  } catch (error) {
    stop();
    throw error;
  }
}

/** Wraps a decoder's error in one that names the object; returns Ashlar's own errors unchanged. */
export function decodingError(cause: unknown, label: string, location: DamageLocation): unknown {
  if (isAshlarError(cause)) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new IntegrityError(`Cannot decode object: its ${label} data cannot be read: ${reason}`, location, {
    cause,
  });
}

export function lengthError(length: number, expected: number, location: DamageLocation): IntegrityError {
  const found = length > expected ? `more than the ${expected}` : `${length} instead of the ${expected}`;
  return new IntegrityError(`Cannot decode object: it has ${found} bytes that the manifest says`, location);
}
