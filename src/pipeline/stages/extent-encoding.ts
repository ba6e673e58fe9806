/** Encoding of one extent as its object. */
import type { CodecId } from "../../codecs/codec.js";
import type { ContentMd5 } from "./content-md5.js";
import type { EncodedPiece, Extent, ExtentEnd, ExtentPiece } from "./window.js";

/** Each method returns the object's next pieces, as they become known; together they are the object. */
export interface ExtentEncoding {
  readonly extent: Extent;
  /** Takes the piece's lease on its buffer. */
  add(piece: ExtentPiece): Promise<EncodedPiece>[];
  /** Called once, after the last piece. */
  finish(): Promise<EncodedPiece>[];
}

export type EndOf = (compression: CodecId) => Promise<ExtentEnd>;

/** Length and MD5 of an extent's plain bytes. */
export class ExtentSummary {
  readonly #md5: ContentMd5;
  #length = 0;

  constructor(md5: ContentMd5) {
    this.#md5 = md5;
  }

  get length(): number {
    return this.#length;
  }

  /** Holds the piece's buffer until the MD5 has read it. */
  update(piece: ExtentPiece): void {
    this.#length += piece.bytes.length;
    this.#md5.update(piece, piece.isZero);
  }

  /** Called after the last piece. The object's compression may be decided later. */
  complete(): EndOf {
    const contentMd5 = this.#md5.hex();
    // Awaited at the object's end; a failed encoding may come before.
    contentMd5.catch(() => {});
    return async (compression) => ({ length: this.#length, contentMd5: await contentMd5, compression });
  }
}
