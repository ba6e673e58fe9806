/**
 * verify: passes on what the digest table vouches for, and nothing else.
 *
 * Every block is checked before it leaves this stage. An object's MD5 can only be checked at its end, over all of its
 * bytes; it tells that the manifest, or a part of the object that is not restored, is damaged.
 */
import type { Range } from "../chain/plan.js";
import { IntegrityError, type IntegrityPlace } from "../errors.js";
import type { DigestEngine } from "../kernels/engine.js";
import type { Hashes } from "../ports.js";
import { countOf, DIGEST_SIZE } from "../units.js";
import { ContentMd5 } from "./content-md5.js";
import type { FindRuns } from "./diff.js";
import type { ExpectedDigests } from "./expected-digests.js";
import type { PlainPart, VerifiedRange } from "./part.js";
import type { Progress } from "./run.js";

export interface VerifyOptions {
  readonly engine: DigestEngine;
  readonly blockSize: number;
  /** Bytes of the longest part. */
  readonly windowSize: number;
  readonly expected: ExpectedDigests;
  readonly findRuns: FindRuns;
  readonly isZero: (bytes: Uint8Array) => boolean;
  readonly hashes: Hashes;
  readonly placeOf: (part: PlainPart) => IntegrityPlace;
  readonly progress: Progress;
}

export function verify(options: VerifyOptions): TransformStream<PlainPart, VerifiedRange> {
  const { expected, blockSize, hashes, isZero, placeOf, progress } = options;
  const check = blockChecker(options);
  const zeroMd5s = new Map<number, string>();
  let md5: ContentMd5 | undefined;
  return new TransformStream<PlainPart, VerifiedRange>({
    async transform(part, controller) {
      const { object, ranges } = part.planned;
      if (md5 === undefined) expected.forgetBefore(object.offset / blockSize);
      md5 ??= new ContentMd5(hashes, zeroMd5s);
      md5.update(part.bytes, isZero(part.bytes));
      for (const range of ranges) {
        const verified = await check(part, range);
        if (verified === undefined) continue;
        part.buffer.retain();
        controller.enqueue(verified);
      }
      part.buffer.release();
      if (!part.isLast) return;
      progress.objectCount++;
      checkMd5(md5, object.contentMd5, placeOf(part));
      md5 = undefined;
    },
  });
}

type CheckBlocks = (part: PlainPart, range: Range) => Promise<VerifiedRange | undefined>;

/** Checks the blocks of a part that lie in a range; `undefined` where none does. */
function blockChecker(options: VerifyOptions): CheckBlocks {
  const { engine, blockSize, windowSize, expected, findRuns, placeOf, progress } = options;
  const blockCountMax = countOf(windowSize, blockSize);
  const digests = new Uint8Array(blockCountMax * DIGEST_SIZE);
  const runs = new Uint32Array(blockCountMax + 1);
  return async (part, range) => {
    const from = Math.max(part.offset, range.offset);
    const to = Math.min(part.offset + part.bytes.length, range.offset + range.length);
    if (from >= to) return undefined;
    const bytes = part.bytes.subarray(from - part.offset, to - part.offset);
    const blockCount = countOf(bytes.length, blockSize);
    const found = digests.subarray(0, blockCount * DIGEST_SIZE);
    const zeroBlockCount = engine.digestInto(bytes, blockSize, found);
    const firstBlock = from / blockSize;
    if (findRuns(found, await expected.get(firstBlock, blockCount), runs) > 0) {
      const blockIndex = firstBlock + runs[0]!;
      const place = { ...placeOf(part), offset: blockIndex * blockSize, blockIndex };
      throw new IntegrityError("Cannot restore block: its SHA-256 is not the one in the digest table", place);
    }
    progress.digestCount += blockCount;
    progress.zeroBlockCount += zeroBlockCount;
    return { offset: from, bytes, isZero: zeroBlockCount === blockCount, buffer: part.buffer };
  };
}

function checkMd5(md5: ContentMd5, expected: string, place: IntegrityPlace): void {
  const found = md5.hex();
  if (found !== expected) {
    throw new IntegrityError(
      `Cannot trust object: its MD5 is ${found}, the manifest's is ${expected}`,
      place,
    );
  }
}
