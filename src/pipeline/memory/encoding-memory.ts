/** The memory of encoding in a backup: encoders, the bytes that they return, and the check of those bytes. */
import type { Codec } from "../../codecs/codec.js";
import type { PoolOptions } from "./pool.js";

/** Pieces encoded at once. */
export const ENCODE_CONCURRENCY = 4;
/** Pieces being encoded, and one between stages; each object being stored adds one. */
const ENCODED_PIECES: number = ENCODE_CONCURRENCY + 1;
/** Encoded pieces that are being decoded as a check, and between that stage and the next. */
const CHECKED_PIECES = 2;
/** Encoders: one for the object being encoded, one for an object being completed or probed. */
const ENCODERS = 2;
/** Windows of a check: one that is being decoded into, and two whose MD5 is being computed. */
const CHECK_WINDOWS = 3;

/** Whether a backup decodes what it has encoded. */
export interface EncodedCheck {
  /** `backup_check_encoded`: objects are decoded and compared before they are complete. @default {false} */
  readonly checkEncoded?: boolean | undefined;
}

/** Whether there is anything to decode, and it is decoded. */
export function checksEncoded({ codec, checkEncoded = false }: EncodedCheck & Encoding): boolean {
  return checkEncoded && codec !== undefined;
}

interface Encoding {
  /** `undefined` stores plain bytes. */
  readonly codec?: Codec | undefined;
}

/** The sizes of what a planned backup decodes as a check. */
export function checkingOf(
  options: EncodedCheck & Encoding & { readonly chunkSize: number },
  plan: Pick<EncodingShape, "windowSize" | "gatherCount" | "gatherSize">,
): Pick<EncodingShape, "windowSize" | "objectSize" | "isChecked"> {
  const objectSize = plan.gatherCount === 0 ? options.chunkSize : plan.gatherSize;
  return { windowSize: plan.windowSize, objectSize, isChecked: checksEncoded(options) };
}

/** What a backup encodes: pieces of objects, or whole objects that are gathered. */
export interface EncodingShape {
  readonly concurrency: number;
  readonly windowSize: number;
  /** 0 for a codec that takes pieces. */
  readonly gatherCount: number;
  readonly gatherSize: number;
  /** Most plain bytes of an object. */
  readonly objectSize: number;
  /** Whether objects are decoded before they are stored. */
  readonly isChecked: boolean;
}

/** Rows of a memory plan, in bytes. */
export interface EncodingRows {
  readonly work: number;
  readonly codec: number;
}

/** Memory of encoded bytes, encoders, and the check, for pieces of objects or whole objects. */
export function encodingRows(codec: Codec | undefined, shape: EncodingShape): EncodingRows {
  if (codec === undefined) return { work: 0, codec: 0 };
  const { encodedMax, encodeWork, shared } = codec.memory;
  const { concurrency, windowSize, gatherCount, gatherSize, isChecked } = shape;
  const waiting = concurrency + (isChecked ? CHECKED_PIECES : 0);
  const check = isChecked ? decoderNeed(codec, windowSize, shape.objectSize) : 0;
  const windows = isChecked ? CHECK_WINDOWS * windowSize : 0;
  if (gatherCount === 0) {
    const work = (ENCODED_PIECES + waiting) * encodedMax(windowSize) + windows;
    const pieces = ENCODED_PIECES * encodeWork(windowSize);
    return { work, codec: shared + pieces + ENCODERS * encoderNeed(codec) + check };
  }
  const work = (gatherCount + waiting) * encodedMax(gatherSize) + windows;
  return { work, codec: shared + gatherCount * encodeWork(gatherSize) + check };
}

/** Bytes of the one decoder that a check has open, and of the copy of its input for another thread. */
function decoderNeed({ memory }: Codec, windowSize: number, objectSize: number): number {
  return memory.decodersShared(objectSize) + memory.decoder(windowSize, objectSize) + windowSize;
}

/** Shape of the pool of a check's windows; none without a check. */
export function poolOfCheck({
  windowSize,
  isChecked,
}: Pick<EncodingShape, "windowSize" | "isChecked">): PoolOptions {
  return { count: isChecked ? CHECK_WINDOWS : 0, size: windowSize, blockCount: 0 };
}

/** Bytes that a backup holds for its codec throughout the run. */
export function sharedNeed(
  codec: Codec | undefined,
  { windowSize, objectSize, isChecked }: Pick<EncodingShape, "windowSize" | "objectSize" | "isChecked">,
): number {
  if (codec === undefined) return 0;
  const { shared } = codec.memory;
  return isChecked
    ? shared + CHECK_WINDOWS * windowSize + decoderNeed(codec, windowSize, objectSize)
    : shared;
}

/** Bytes that an object's encoder holds from the first piece until the object's end is stored. */
export function encoderNeed({ memory }: Codec): number {
  return memory.encoder + memory.encodedMax(0);
}

/** Bytes for encoding a piece or a whole object, result included. */
export function pieceNeed({ memory }: Codec, length: number): number {
  return memory.encodedMax(length) + memory.encodeWork(length);
}

/** Bytes for an object's first piece, which may be joined with the object's end, or encoded again as a probe. */
export function firstPieceNeed(codec: Codec, length: number): number {
  return 2 * pieceNeed(codec, length) + encoderNeed(codec);
}
