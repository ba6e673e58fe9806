/**
 * A codec: a reversible byte transform, recorded with each object by its id (format.md §5).
 *
 * Encoding is cut into pieces so that several can be worked on at once; decoding is a stream, because what it reads
 * may have been written in one piece of any size by someone else.
 */

/** Recorded ids are for ever. */
export type CodecId = "none" | "zlib";

/** Encodes the pieces of one object. The object is the results of `encode`, in the order of the calls, then `finish`. */
export interface Encoder {
  /**
   * Encodes the next piece. Calls may overlap; each reads `piece` until its promise settles, and not after.
   * The result is the caller's.
   */
  encode(piece: Uint8Array): Promise<Uint8Array>;
  /** What ends the object. Called once, after every `encode` has settled. */
  finish(): Promise<Uint8Array>;
}

export interface Codec {
  readonly id: CodecId;
  encoder(): Encoder;
  /**
   * Decodes one object: encoded bytes in, plain bytes out, in bounded memory whatever their sizes. Errors when the
   * bytes are damaged, end early, or go on after the end.
   */
  decoder(): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array>;
}
