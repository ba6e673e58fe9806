/** Encoding of one extent as its object. */
import type { CodecId } from "../../codecs/codec.js";
import type { ContentMd5 } from "./content-md5.js";
import type { EncodedPart, Extent, ExtentEnd, ExtentPart } from "./window.js";

/** Each method returns the object's next parts, as they become known; together they are the object. */
export interface ExtentEncoding {
  readonly extent: Extent;
  /** Takes the part's lease on its buffer. */
  add(part: ExtentPart): Promise<EncodedPart>[];
  /** Called once, after the last part. */
  finish(): Promise<EncodedPart>[];
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

  /** Holds the part's buffer until the MD5 has read it. */
  update(part: ExtentPart): void {
    this.#length += part.bytes.length;
    this.#md5.update(part, part.isZero);
  }

  /** Called after the last part. The object's compression may be decided later. */
  complete(): EndOf {
    const contentMd5 = this.#md5.hex();
    // Awaited at the object's end; a failed encoding may come before.
    contentMd5.catch(() => {});
    return async (compression) => ({ length: this.#length, contentMd5: await contentMd5, compression });
  }
}
