/**
 * A codec: a reversible transform of bytes, recorded with each object by its id (format.md §5).
 *
 * Objects of id `none` are stored as their plain bytes; no codec works on them. `codecContract` of `ashlar/testing`
 * tests a codec against this contract.
 */
import type { CodecMemory } from "./memory.js";

/** An id that is recorded in manifests stays valid for ever. */
export type CodecId = "none" | "zlib" | "bz2" | "zstd";

/** A codec, by which a run encodes and decodes its objects. */
export interface Codec {
  readonly id: Exclude<CodecId, "none">;
  readonly memory: CodecMemory;
  /**
   * How the objects of a run are encoded: piece by piece, or each as a whole. A run asks once.
   * @param isLengthKnown whether the length of every object is known before its bytes
   */
  encoder(isLengthKnown: boolean): Encoder;
  /**
   * Decodes one object in bounded memory, whatever the sizes of what is written to it.
   * @param plainMax the most plain bytes that the object may have. With it a decoder takes no more memory than `memory`
   * says, and may fail when there are more
   */
  decoder(plainMax?: number): Decoder;
}

/** The codecs that a run can use. */
export type Codecs = ReadonlyMap<CodecId, Codec>;

export type Encoder = PieceEncoder | WholeEncoder;

/** Encodes objects from their pieces, so that one object is encoded as it is read, on several cores. */
export interface PieceEncoder {
  readonly kind: "pieces";
  /** Set where `encode` may keep bytes back for a later call, so that its result does not show whether the piece shrank. */
  readonly lags?: true;
  /** Begins one object. @param length its plain bytes, where that is known */
  start(length?: number): ObjectEncoder;
}

/** Encodes the pieces of one object. The object is the results of `encode`, in the order of the calls, then `finish`. */
export interface ObjectEncoder {
  /**
   * Encodes the next piece. Calls may overlap; each reads `piece` until its promise settles.
   * @param isZero whether every byte of `piece` is known to be zero, so that a remembered result may be returned
   * @returns bytes that nothing else changes
   */
  encode(piece: Uint8Array, isZero: boolean): Promise<Uint8Array>;
  /** The end of the object. Called once, after every `encode` has settled. */
  finish(): Promise<Uint8Array>;
  /** Takes back a result of `encode` that is not needed any more, so that its memory is free at once. Calling it is optional. */
  release?(encoded: Uint8Array): void;
  /** Called instead of `finish` when the object is not wanted: frees what the host holds for it. */
  abandon?(): void;
}

/** Encodes each object as a whole, for a format whose header has the length. */
export interface WholeEncoder {
  readonly kind: "whole";
  /** Most plain bytes of one object; longer ones are cut. */
  readonly maxInput: number;
  /** The same for a sink in which each object is a request, which costs time. @default {maxInput} */
  readonly maxRemoteInput?: number | undefined;
  /** How many objects are worth gathering at once, including those that are being encoded. */
  readonly lanes: number;
  /**
   * Encodes one object.
   * @param plain read until the promise settles
   * @param isZero whether every byte is known to be zero, so that a remembered result may be returned
   * @returns bytes that nothing else changes
   */
  encode(plain: Uint8Array, isZero: boolean): Promise<Uint8Array>;
  /** As `ObjectEncoder.release`. */
  release?(encoded: Uint8Array): void;
}

/**
 * Decodes one object into the caller's windows. `write` and `fill` run side by side: a write may wait until plain bytes
 * have been taken, and a fill until encoded bytes have come. One call of each at a time.
 *
 * Bytes that are damaged or end early are an error. Bytes that follow the end of the object may be an error, or may be
 * ignored: Node 20's inflating stream does not report them, nor does Python's, with which the reference system reads.
 */
export interface Decoder {
  /**
   * Takes the next encoded bytes, which may be reused once this resolves; the last ones are taken when the object has
   * come to its end.
   * @throws Error when they are damaged
   */
  write(encoded: Uint8Array, isLast: boolean): Promise<void>;
  /** Writes plain bytes to `window`; returns how many: fewer than its length only at the end. @throws Error as `write` */
  fill(window: Uint8Array): Promise<number>;
  /** Frees what the decoder holds, at the end or before it: calls that wait reject. */
  close(): void;
}

/** The codec's encoder where it takes objects whole; `undefined` where it takes pieces. */
export function wholeEncoderOf(codec: Codec | undefined, isLengthKnown: boolean): WholeEncoder | undefined {
  const encoder = codec?.encoder(isLengthKnown);
  return encoder?.kind === "whole" ? encoder : undefined;
}
