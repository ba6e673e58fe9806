/**
 * A codec: a reversible transform of bytes, recorded with each object by its id (format.md §5).
 *
 * Objects of id `none` are stored as plain bytes, without a codec. `codecContract` of `ashlar/testing` tests a codec
 * against this contract.
 */
import { KIB, MIB } from "../units.js";
import type { CodecMemory } from "./memory.js";

/** Ids are recorded in manifests, so they stay valid for ever. */
export type CodecId = "none" | "zlib" | "bz2" | "zstd";

/** Encodes and decodes the objects of a run. */
export interface Codec {
  readonly id: Exclude<CodecId, "none">;
  readonly memory: CodecMemory;
  /**
   * Makes the encoder of a run's objects, which encodes piece by piece or whole objects. Called once per run.
   * @param isLengthKnown whether the length of every object is known before its bytes
   */
  encoder(isLengthKnown: boolean): Encoder;
  /**
   * Makes a decoder for one object. Its memory is bounded, whatever the sizes of the writes.
   * @param plainMax the most plain bytes that the object may have. With it the decoder stays within `memory`, and may
   * fail if there are more bytes
   */
  decoder(plainMax?: number): Decoder;
}

/** The codecs that a run can use. */
export type Codecs = ReadonlyMap<CodecId, Codec>;

/** Encoder of one object, or of many whole ones, as the codec chooses. */
export type Encoder = PieceEncoder | WholeEncoder;

/** Encodes objects from their pieces, so that one object is encoded as it is read, on several cores. */
export interface PieceEncoder {
  readonly kind: "pieces";
  /** Set if `encode` may keep bytes for a later call, so that its result does not show whether the piece shrank. */
  readonly lags?: true;
  /** Begins one object. @param length its plain bytes, if known */
  start(length?: number): ObjectEncoder;
  readonly zeros?: EncodeZeros | undefined;
}

/**
 * Encodes an object of zeros without reading them, however long it is, in no more memory than `zerosMemory`.
 * @default {the encoder cannot: zeros are encoded like other bytes}
 * @param length number of zeros, `ZEROS_MIN` at least
 * @param pieceLength length of the pieces that the object's bytes would come in
 * @returns the object in arrays, some of them more than once; nobody may change them
 */
export type EncodeZeros = (length: number, pieceLength: number) => Promise<readonly Uint8Array[]>;

/** The fewest zeros that are worth an object of their own. */
export const ZEROS_MIN: number = 4 * KIB;

/** Memory for an object of zeros, bytes: one piece of them, and its encoded form in a few copies. */
export function zerosMemory(pieceLength: number): number {
  return pieceLength + MIB;
}

/** Encodes the pieces of one object. The object is the results of `encode`, in the order of the calls, and `finish`. */
export interface ObjectEncoder {
  /**
   * Encodes the next piece. Calls may overlap; each reads `piece` until its promise settles.
   * @param isZero whether every byte of `piece` is known to be zero, so that a cached result may be returned
   * @returns bytes that nobody else changes
   */
  encode(piece: Uint8Array, isZero: boolean): Promise<Uint8Array>;
  /** Returns the end of the object. Called once, after every `encode` has settled. */
  finish(): Promise<Uint8Array>;
  /** Takes back a result of `encode` after use, to free its memory at once. Calling it is optional. */
  release(encoded: Uint8Array): void;
  /** Called instead of `finish` if the object is not wanted: frees the host's resources for it. */
  abandon(): void;
}

/** Encodes each object as a whole, for a format whose header contains the length. */
export interface WholeEncoder {
  readonly kind: "whole";
  /** The most plain bytes of one object; longer extents are split. */
  readonly maxInput: number;
  /** The same for remote sinks, where each object costs a request. @default {maxInput} */
  readonly maxRemoteInput?: number | undefined;
  /** Useful number of objects to gather at once, including those being encoded. */
  readonly concurrency: number;
  /**
   * Encodes one object.
   * @param plain read until the promise settles
   * @param isZero whether every byte is known to be zero, so that a cached result may be returned
   * @returns bytes that nobody else changes
   */
  encode(plain: Uint8Array, isZero: boolean): Promise<Uint8Array>;
  /** See `ObjectEncoder.release`. */
  release(encoded: Uint8Array): void;
  readonly zeros?: EncodeZeros | undefined;
}

/**
 * Decodes one object into the caller's windows. `write` and `fill` run concurrently: a write may wait until plain
 * bytes have been taken, and a fill until encoded bytes have come. One call of each at a time.
 *
 * Damaged or missing bytes are an error. Bytes after the end of the object may be an error or be ignored: neither Node
 * 20's inflating stream reports them nor Python's, which the reference system uses.
 */
export interface Decoder {
  /**
   * Takes the next encoded bytes, which may be reused once this resolves. The last write resolves when the object has
   * been decoded to its end.
   * @throws Error if the bytes are damaged
   */
  write(encoded: Uint8Array, isLast: boolean): Promise<void>;
  /** Writes plain bytes to `window`; returns how many, fewer than its length only at the end. @throws like `write` */
  fill(window: Uint8Array): Promise<number>;
  /** Frees the decoder's resources, at the end or before it; waiting calls reject. */
  close(): void;
}

/** The codec's encoder if it takes whole objects; `undefined` if it takes pieces. */
export function wholeEncoderOf(codec: Codec | undefined, isLengthKnown: boolean): WholeEncoder | undefined {
  const encoder = codec?.encoder(isLengthKnown);
  return encoder?.kind === "whole" ? encoder : undefined;
}
