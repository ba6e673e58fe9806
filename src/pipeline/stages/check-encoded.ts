/**
 * check encoded: decodes each encoded object before its end is stored, and compares the MD5 and length of what comes out
 * with those of the plain bytes. So a fault of an encoder, or of the memory that it works in, fails the backup instead of
 * becoming the only copy.
 *
 * Pieces pass as soon as the decoder has taken them, and the last one when the object has been decoded to its end. Since
 * an object is complete only after its last piece, no object is completed unchecked. One object is decoded at a time,
 * on another thread if the runtime decodes there.
 */
import type { Codec, Decoder } from "../../codecs/codec.js";
import { IntegrityError, isAshlarError } from "../../errors.js";
import { TransformStream } from "../../streams.js";
import type { BufferPool } from "../memory/pool.js";
import type { Compute, StreamMd5 } from "../run/compute.js";
import type { StageMeter } from "../run/profile.js";
import type { EncodedPiece, Extent, ExtentEnd } from "./window.js";

/** Options of `checkEncoded`. */
export interface CheckEncodedOptions {
  /** The codec of the objects that were encoded. */
  readonly codec: Codec;
  /** Windows for decoded bytes, used by this stage alone. */
  readonly pool: BufferPool;
  readonly compute: Pick<Compute, "md5">;
  /** Most plain bytes of an object. */
  readonly objectSize: number;
  /** Most encoded bytes for one call of the decoder. */
  readonly windowSize: number;
  readonly meter?: StageMeter | undefined;
}

/**
 * The stage between `compress` and `store` that decodes what was encoded. Pieces leave it as they came.
 * @throws IntegrityError, through the stream, for an object that does not decode to the bytes that it was made of
 */
export function checkEncoded(options: CheckEncodedOptions): TransformStream<EncodedPiece, EncodedPiece> {
  const { meter } = options;
  let current: ObjectCheck | undefined;
  return new TransformStream<EncodedPiece, EncodedPiece>({
    async transform(piece, controller) {
      const { plainLength } = piece;
      meter?.take(plainLength);
      if (isEncoded(piece)) {
        current ??= new ObjectCheck(piece.extent, options);
        meter?.start();
        try {
          await current.take(piece);
        } finally {
          meter?.end();
        }
      }
      if (piece.end !== undefined) current = undefined;
      meter?.give(plainLength);
      controller.enqueue(piece);
    },
  });
}

/** Plain bytes are a view of the buffer that they were read into, and an object stored as they are may end with none. */
function isEncoded({ buffer, end }: EncodedPiece): boolean {
  return buffer === undefined && end?.compression !== "none";
}

/** One object that is being decoded. */
class ObjectCheck {
  readonly #extent: Extent;
  readonly #options: CheckEncodedOptions;
  readonly #decoder: Decoder;
  readonly #md5: StreamMd5;
  /** Resolves to the number of decoded bytes when the object has been decoded to its end. */
  readonly #decoded: Promise<number>;
  /** Rejects when decoding fails; never resolves. */
  readonly #failed: Promise<never>;

  constructor(extent: Extent, options: CheckEncodedOptions) {
    this.#extent = extent;
    this.#options = options;
    this.#decoder = options.codec.decoder(options.objectSize);
    this.#md5 = options.compute.md5();
    this.#decoded = this.#decode();
    this.#failed = new Promise((_, reject) => void this.#decoded.catch(reject));
    this.#failed.catch(() => {});
  }

  /** Resolves when the piece may be released: it was decoded, and compared too if it is the object's last. */
  async take({ bytes, end }: EncodedPiece): Promise<void> {
    try {
      // Where decoding fails, nothing takes what is written any more.
      await Promise.race([this.#write(bytes, end !== undefined), this.#failed]);
      if (end !== undefined) await this.#compare(end);
    } catch (error) {
      this.#decoder.close();
      if (isAshlarError(error)) throw error;
      throw this.#fault(error instanceof Error ? error.message : String(error), error);
    }
  }

  async #write(bytes: Uint8Array, isLast: boolean): Promise<void> {
    const { windowSize } = this.#options;
    for (let at = 0; at === 0 || at < bytes.length; at += windowSize) {
      const isEnd = at + windowSize >= bytes.length;
      await this.#decoder.write(bytes.subarray(at, at + windowSize), isLast && isEnd);
    }
  }

  async #decode(): Promise<number> {
    const { pool, objectSize } = this.#options;
    for (let length = 0; ; ) {
      const buffer = await pool.acquire();
      const count = await this.#decoder.fill(buffer.bytes);
      const plain = buffer.bytes.subarray(0, count);
      // The MD5's end rejects with the failure of an update.
      this.#md5.update(plain).then(
        () => buffer.release(),
        () => {},
      );
      length += count;
      if (count < buffer.bytes.length) return length;
      if (length > objectSize) throw this.#fault(`it decodes to more than ${objectSize} bytes`);
    }
  }

  async #compare(end: ExtentEnd): Promise<void> {
    const length = await this.#decoded;
    this.#decoder.close();
    const contentMd5 = await this.#md5.hex();
    if (length !== end.length) throw this.#fault(`it decodes to ${length} bytes instead of ${end.length}`);
    if (contentMd5 === end.contentMd5) return;
    throw this.#fault(`it decodes to bytes of MD5 ${contentMd5} instead of ${end.contentMd5}`);
  }

  #fault(reason: string, cause?: unknown): IntegrityError {
    const { codec } = this.#options;
    const message = `Cannot store object: its ${codec.id} data is not what was encoded: ${reason}`;
    return new IntegrityError(message, { offset: this.#extent.offset }, { cause });
  }
}
