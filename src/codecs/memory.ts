/**
 * The memory of a codec, known before its use: a run is planned with these numbers and enforces them. They are upper
 * bounds in bytes, not averages, without the runtime's own code.
 */
export interface CodecMemory {
  /**
   * The largest result of `encode` for a piece, or a whole object, of `length` bytes. For length 0, the most that
   * `finish` adds of its own.
   */
  encodedMax(length: number): number;
  /** Temporary memory of encoding a piece of `length` bytes, without the piece and the result. */
  encodeWork(length: number): number;
  /** Memory that all encoders of a process share and keep, e.g. kernel instances. */
  readonly shared: number;
  /** Memory that an encoder keeps from its first piece on; `finish` may return as much. */
  readonly encoder: number;
  /** Memory that all decoders for at most `plainMax` bytes share and keep. */
  decodersShared(plainMax: number): number;
  /** Memory of a decoder for at most `plainMax` bytes, for any input, in writes of at most `inputMax` bytes. */
  decoder(inputMax: number, plainMax: number): number;
  /**
   * The same for an object that begins with `head`, if that shows that less is enough. Later parts of the object that
   * `head` does not describe, such as another frame, are assumed to need no more.
   */
  decoderFor(head: Uint8Array, inputMax: number, plainMax: number): number;
}

/** Bounds that most codecs need not give: decoders share nothing, and the head of an object shows nothing. */
type CommonBounds = Pick<CodecMemory, "decodersShared" | "decoderFor">;

/** The memory of a codec from its bounds, with defaults for the common ones. */
export function codecMemory(
  bounds: Omit<CodecMemory, keyof CommonBounds> & Partial<CommonBounds>,
): CodecMemory {
  return {
    decodersShared: () => 0,
    decoderFor: (_, inputMax, plainMax) => bounds.decoder(inputMax, plainMax),
    ...bounds,
  };
}
