/** Bodies of requests to S3, with the checksums that go into the headers. */

import { toUtf8 } from "../../bytes.js";
import type { Hashes } from "../../ports.js";
import type { MemoryBody } from "../http/memory-body.js";
import { Part } from "../http/part.js";

export interface S3BodyOptions {
  readonly hashes: Hashes;
  /** Whether a SHA-256 is needed too, for the signature. */
  readonly isSigned: boolean;
}

/** A part, or a document. */
export interface S3Body {
  readonly bytes: MemoryBody | Uint8Array;
  /** Hexadecimal. */
  readonly md5: string;
  /** Hexadecimal, if it is signed. */
  readonly sha256: string | undefined;
}

export function newS3Part(capacity: number, { hashes, isSigned }: S3BodyOptions): Part {
  return new Part(capacity, { md5: hashes.md5(), sha256: isSigned ? hashes.sha256() : undefined });
}

/** A document as a request's body. */
export function bodyOfText(text: string, options: S3BodyOptions): S3Body {
  const bytes = toUtf8(text);
  const part = newS3Part(bytes.length, options);
  part.append(bytes);
  return { bytes, md5: part.md5, sha256: part.sha256 };
}
