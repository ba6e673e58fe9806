/**
 * What a codec takes in memory, said before it is used: a run is planned with it and held to it. Bounds, in bytes, and
 * not averages; what the runtime's own code takes is not counted.
 */
export interface CodecMemory {
  /** The most that `encode` makes of a piece, or of a whole object, of `length` bytes; of 0 bytes, the most that `finish` adds of its own. */
  encodedMax(length: number): number;
  /** The most that encoding a piece of `length` bytes takes while it is under way, beside the piece and the result. */
  encodeWork(length: number): number;
  /** What all encoders of a process have in common, and keep: instances, of a kernel. */
  readonly shared: number;
  /** What an encoder keeps from its first piece on; `finish` may return as much. */
  readonly encoder: number;
  /** What all decoders for at most `plainMax` bytes have in common, and keep. @default {0} */
  decodersShared?(plainMax: number): number;
  /** The most that a decoder for at most `plainMax` bytes takes, whatever it is fed, in writes of at most `inputMax` bytes. */
  decoder(inputMax: number, plainMax: number): number;
  /**
   * The same for an object that begins with `head`, where that tells that less is enough. What follows the part of the
   * object that it describes, such as another frame, is taken to need no more.
   */
  decoderFor?(head: Uint8Array, inputMax: number, plainMax: number): number;
}
