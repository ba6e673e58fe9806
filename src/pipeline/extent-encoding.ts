/** How one extent becomes its object. */
import type { CodecId } from "../codecs/codec.js";
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

  update({ bytes, isZero }: ExtentPart): void {
    this.#length += bytes.length;
    this.#md5.update(bytes, isZero);
  }

  /** After the last part; how the object is compressed may turn out later. */
  complete(): (compression: CodecId) => ExtentEnd {
    const facts = { length: this.#length, contentMd5: this.#md5.hex() };
    return (compression) => ({ ...facts, compression });
  }
}
