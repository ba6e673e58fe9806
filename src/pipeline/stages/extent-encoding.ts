/** How one extent becomes its object. */
import type { CodecId } from "../../codecs/codec.js";
import type { ContentMd5 } from "./content-md5.js";
import type { EncodedPart, Extent, ExtentEnd, ExtentPart } from "./window.js";

/** Each method returns the parts that follow in the object, as they become known; together they are the object. */
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

  /** The part's buffer is held for as long as the MD5 is at it. */
  update(part: ExtentPart): void {
    this.#length += part.bytes.length;
    this.#md5.update(part, part.isZero);
  }

  /** After the last part; how the object is compressed may turn out later. */
  complete(): EndOf {
    const contentMd5 = this.#md5.hex();
    // Awaited at the object's end; a failed encoding may come before.
    contentMd5.catch(() => {});
    return async (compression) => ({ length: this.#length, contentMd5: await contentMd5, compression });
  }
}
