/**
 * Objects of which a restore wants zeros only, by the digest table: they are neither loaded nor decoded. Windows of zeros
 * take their place, and `verify` compares their digests with the table like those of any other bytes.
 */
import type { PlannedObject } from "../../chain/plan.js";
import { DIGEST_SIZE, MIB } from "../../units.js";
import type { BufferPool } from "../memory/pool.js";
import type { ExpectedDigests } from "./expected-digests.js";
import type { PlainPiece } from "./piece.js";
import type { ZeroDigests } from "./zero-digests.js";

/** Of fewer bytes an object is loaded without a look at the table, which may still be opening. */
const LOOKED_UP_MIN: number = 16 * MIB;

export interface ZeroPiecesOptions {
  readonly blockSize: number;
  readonly expected: ExpectedDigests;
  readonly zeroDigests: ZeroDigests;
  /** Blocks of a window. */
  readonly blocksAtOnce: number;
  /** Byte offset in the volume before which no digest is wanted any more. */
  readonly firstOffset: () => number;
}

export class ZeroPieces {
  readonly #options: ZeroPiecesOptions;

  constructor(options: ZeroPiecesOptions) {
    this.#options = options;
  }

  /** Whether every block that the plan wants of the object is zeros, by its digest. */
  async has({ ranges }: PlannedObject): Promise<boolean> {
    const wanted = ranges.reduce((sum, { length }) => sum + length, 0);
    if (wanted < LOOKED_UP_MIN) return false;
    const { blockSize } = this.#options;
    for (const { offset, length } of ranges) {
      const end = (offset + length) / blockSize;
      // A last block that is short has a digest of its own.
      if (!Number.isInteger(end) || !(await this.#areZeros(offset / blockSize, end))) return false;
    }
    return true;
  }

  /** Emits the wanted ranges of an object that `has` has found to be zeros. */
  async emit(planned: PlannedObject, pool: BufferPool, emit: (piece: PlainPiece) => void): Promise<void> {
    for (const [index, range] of planned.ranges.entries())
      for (let done = 0; done < range.length; ) {
        const buffer = await pool.acquire();
        const length = Math.min(buffer.bytes.length, range.length - done);
        buffer.fillZeros(length);
        const bytes = buffer.bytes.subarray(0, length);
        const offset = range.offset + done;
        done += length;
        const isLast = index === planned.ranges.length - 1 && done === range.length;
        emit({ planned, offset, bytes, buffer, isLast, isZero: true });
      }
  }

  async #areZeros(first: number, end: number): Promise<boolean> {
    const { blocksAtOnce, expected, zeroDigests, firstOffset, blockSize } = this.#options;
    for (let at = first; at < end; at += blocksAtOnce) {
      const count = Math.min(blocksAtOnce, end - at);
      expected.forgetBefore(firstOffset() / blockSize);
      await expected.reach(at + count);
      if (!areEqual(expected.view(at, count), zeroDigests.of(count))) return false;
    }
    return true;
  }
}

function areEqual(some: Uint8Array, others: Uint8Array): boolean {
  const [a, b] = [wordsOf(some), wordsOf(others)];
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Digests lie at multiples of their size. */
function wordsOf({ buffer, byteOffset, length }: Uint8Array): Int32Array {
  return new Int32Array(buffer, byteOffset, (length / DIGEST_SIZE) * (DIGEST_SIZE / 4));
}
