/**
 * A codec: a reversible byte transform, recorded with each object by its id (format.md §5).
 *
 * Encoding is cut into pieces so that several can be worked on at once; decoding is a stream, because what it reads
 * may have been written in one piece of any size by someone else. Objects of id `none` are their plain bytes: no
 * codec works on them. `codecContract` of `ashlar/testing` holds a codec against what is said here.
 */
import type { CodecMemory } from "./memory.js";
import type { WindowDecoder } from "./window-decoder.js";

/** Recorded ids are for ever. */
export type CodecId = "none" | "zlib" | "bz2" | "zstd";

/** Encodes the pieces of one object. The object is the results of `encode`, in the order of the calls, then `finish`. */
export interface Encoder {
  /**
   * Encodes the next piece. Calls may overlap; each reads `piece` until its promise settles, and not after.
   * @param isZero whether every byte of `piece` is known to be zero, which an encoder may use to answer from memory
   * @returns bytes that nothing else changes
   */
  encode(piece: Uint8Array, isZero: boolean): Promise<Uint8Array>;
  /** What ends the object. Called once, after every `encode` has settled. */
  finish(): Promise<Uint8Array>;
  /** Takes back what `encode` returned and nobody needs any more, as a decoder does. Nobody has to. */
  release?(encoded: Uint8Array): void;
  /** Instead of `finish`, when the object is not wanted: frees what the host holds for it. */
  abandon?(): void;
}

/** Encodes objects all at once, for a codec that has to know their lengths before anything else. */
export interface WholeEncoder {
  /** Most plain bytes of one object: longer ones have to be cut. */
  readonly maxInput: number;
  /** The same where objects go over a network, and each is a request, which a store charges for in time. @default {maxInput} */
  readonly maxRemoteInput?: number | undefined;
  /** How many objects are worth having gathered at once, those that are encoded among them. */
  readonly lanes: number;
  /**
   * Encodes one object.
   * @param plain read until the promise settles, and not after
   * @param isZero whether every byte is known to be zero, which allows an answer from memory
   * @returns bytes that nothing else changes
   */
  encode(plain: Uint8Array, isZero: boolean): Promise<Uint8Array>;
  /** As an encoder's. */
  release?(encoded: Uint8Array): void;
}

/** Encoded bytes in, plain bytes out. What is written may be reused once the write resolves. */
export interface Decoder extends ReadableWritablePair<Uint8Array, Uint8Array<ArrayBuffer>> {
  /**
   * Takes back plain bytes that came out and are not needed any more, in the order in which they came, so that their
   * memory is free before the collector finds out. Nobody has to.
   */
  release?(plain: Uint8Array): void;
}

/**
 * A codec, by which a run encodes and decodes its objects. `codecContract` of `ashlar/testing` holds one to this.
 */
export interface Codec {
  readonly id: Exclude<CodecId, "none">;
  /** Set where `encode` may keep bytes back for later, so that its result does not tell whether the piece shrank. */
  readonly lags?: true;
  readonly memory: CodecMemory;
  /** How objects are to be encoded when their lengths are, or are not, known at their start; without, by `encoder`. */
  whole?(isLengthKnown: boolean): WholeEncoder | undefined;
  /**
   * Encodes one object from its pieces.
   * @param length plain bytes of the object; where it is not given, a codec that has `whole` keeps all it is given
   */
  encoder(length?: number): Encoder;
  /**
   * Decodes one object in bounded memory, whatever the sizes of what is written to it. Errors when the bytes are
   * damaged or end early. When they go on after the end it may error, or leave the rest: Node 20's inflating stream does
   * not tell, and Python's, with which the reference system reads, does not either.
   * @param plainMax most plain bytes that the object may have: with it a decoder takes no more than `memory` says, and
   * may error when there are more
   */
  decoder(plainMax?: number): Decoder;
  /** The same, into the caller's windows. Only where it is more than `windowDecoderOf(decoder())`. */
  windowDecoder?(plainMax?: number): WindowDecoder;
}

/** The codecs that a run can use. */
export type Codecs = ReadonlyMap<CodecId, Codec>;
