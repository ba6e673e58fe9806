/** Bytes of an object that are kept until a request has brought them, with the checksums that go along. */

import { toUtf8 } from "../../bytes.js";
import type { Hashes, RunningHash } from "../../ports.js";
import { MemoryBody } from "../http/memory-body.js";

export interface PartOptions {
  readonly hashes: Hashes;
  /** Bytes. */
  readonly capacity: number;
  /** Whether a SHA-256 is needed too. */
  readonly isSigned: boolean;
}

/** What a request brings. */
export interface S3Body {
  readonly bytes: MemoryBody | Uint8Array;
  /** Hexadecimal. */
  readonly md5: string;
  /** Hexadecimal, where it is signed. */
  readonly sha256: string | undefined;
}

export class Part {
  readonly #bytes: MemoryBody;
  readonly #md5: RunningHash;
  readonly #sha256: RunningHash | undefined;

  constructor({ hashes, capacity, isSigned }: PartOptions) {
    this.#bytes = new MemoryBody(capacity);
    this.#md5 = hashes.md5();
    this.#sha256 = isSigned ? hashes.sha256() : undefined;
  }

  get length(): number {
    return this.#bytes.length;
  }

  get isFull(): boolean {
    return this.#bytes.isFull;
  }

  /** Copies as much of `bytes` as has room; returns how many bytes that was. */
  append(bytes: Uint8Array): number {
    const count = this.#bytes.append(bytes);
    const taken = bytes.subarray(0, count);
    this.#md5.update(taken);
    this.#sha256?.update(taken);
    return count;
  }

  /** The part as a request's body; nothing can be appended any more. */
  seal(): S3Body {
    return { bytes: this.#bytes, md5: this.#md5.hex(), sha256: this.#sha256?.hex() };
  }

  clear(): void {
    this.#bytes.clear();
  }
}

/** A document as a request's body. */
export function bodyOfText(text: string, options: Omit<PartOptions, "capacity">): S3Body {
  const bytes = toUtf8(text);
  const part = new Part({ ...options, capacity: bytes.length });
  part.append(bytes);
  const { md5, sha256 } = part.seal();
  return { bytes, md5, sha256 };
}
