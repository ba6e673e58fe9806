/**
 * verify: passes on what the digest table vouches for, and nothing else.
 *
 * Every block is checked before it leaves this stage. Parts of several objects may come between each other. An object's MD5 can only be checked at its end, over all of its
 * bytes; it tells that the manifest, or a part of the object that is not restored, is damaged. Several parts may be
 * hashed at once; they are checked and leave in the order in which they came.
 */
import type { PlannedObject } from "../chain/plan.js";
import { IntegrityError, type IntegrityPlace } from "../errors.js";
import { countOf, DIGEST_SIZE } from "../units.js";
import type { Compute } from "./compute.js";
import { ContentMd5 } from "./content-md5.js";
import type { ExpectedDigests } from "./expected-digests.js";
import { inOrder } from "./in-order.js";
import type { PlainPart, VerifiedRange } from "./part.js";
import type { StageMeter } from "./profile.js";
import type { Progress } from "./run.js";

export interface VerifyOptions {
  readonly blockSize: number;
  /** Bytes of the longest part. */
  readonly windowSize: number;
  readonly expected: ExpectedDigests;
  readonly placeOf: (planned: PlannedObject) => IntegrityPlace;
  /** Byte offset in the volume before which nothing is checked any more. */
  readonly firstOffset: () => number;
  /** Told of every object whose last part has been checked. */
  readonly onDone: (planned: PlannedObject) => void;
  readonly progress: Progress;
  readonly meter?: StageMeter | undefined;
}

/** The part of a planned range that lies in one part of an object, with the digests that were found. */
interface HashedRange extends VerifiedRange {
  readonly digests: Uint8Array;
  readonly zeroBlockCount: number;
}

interface HashedPart {
  readonly part: PlainPart;
  readonly ranges: readonly HashedRange[];
  /** Of the whole object, on its last part. */
  readonly contentMd5: Promise<string> | undefined;
}

export function verify(compute: Compute, options: VerifyOptions): TransformStream<PlainPart, VerifiedRange> {
  const { blockSize, placeOf, progress, meter, onDone } = options;
  const checkBlocks = blockChecker(compute, options);
  const md5s = new ObjectMd5s(compute);
  return inOrder<PlainPart, HashedPart, VerifiedRange>({
    lanes: compute.lanes,
    async start(part) {
      meter?.take(part.bytes.length);
      meter?.start();
      const contentMd5 = md5s.update(part, compute.kernels.isZero(part.bytes));
      // A failure shows where it is awaited, below; the ranges' may come first.
      contentMd5?.catch(() => {});
      const ranges = await Promise.all(
        rangesIn(part, blockSize).map((range) => hash(compute, blockSize, range)),
      );
      meter?.end();
      return { part, ranges, contentMd5 };
    },
    async finish({ part, ranges, contentMd5 }, controller) {
      const { planned } = part;
      for (const range of ranges) {
        await checkBlocks(part, range);
        part.buffer.retain();
        meter?.give(range.bytes.length);
        controller.enqueue(range);
      }
      part.buffer.release();
      if (contentMd5 === undefined) return;
      progress.objectCount++;
      checkMd5(await contentMd5, planned.object.contentMd5, placeOf(planned));
      onDone(planned);
    },
  });
}

/** The running MD5 of every object that has begun and not ended. */
class ObjectMd5s {
  readonly #compute: Compute;
  readonly #zeroMd5s = new Map<number, Promise<string>>();
  readonly #running = new Map<PlannedObject, ContentMd5>();

  constructor(compute: Compute) {
    this.#compute = compute;
  }

  /** The MD5 of the object, with its last part. */
  update(part: PlainPart, isZero: boolean): Promise<string> | undefined {
    const { planned } = part;
    const md5 = this.#running.get(planned) ?? new ContentMd5(this.#compute, this.#zeroMd5s);
    md5.update(part, isZero);
    if (!part.isLast) {
      this.#running.set(planned, md5);
      return undefined;
    }
    this.#running.delete(planned);
    return md5.hex();
  }
}

type UnhashedRange = Omit<HashedRange, "isZero" | "zeroBlockCount">;

/** What of the planned ranges lies in the part. Ranges are on block boundaries, and so are parts. */
function rangesIn({ planned, offset, bytes, buffer }: PlainPart, blockSize: number): UnhashedRange[] {
  const ranges: UnhashedRange[] = [];
  for (const range of planned.ranges) {
    const from = Math.max(offset, range.offset);
    const to = Math.min(offset + bytes.length, range.offset + range.length);
    if (from >= to) continue;
    const firstDigest = ((from - offset) / blockSize) * DIGEST_SIZE;
    const digests = buffer.digests.subarray(
      firstDigest,
      firstDigest + countOf(to - from, blockSize) * DIGEST_SIZE,
    );
    const wanted = bytes.subarray(from - offset, to - offset);
    ranges.push({ planned, offset: from, bytes: wanted, digests, buffer });
  }
  return ranges;
}

async function hash(compute: Compute, blockSize: number, range: UnhashedRange): Promise<HashedRange> {
  const zeroBlockCount = await compute.digest(range.bytes, blockSize, range.digests);
  return { ...range, zeroBlockCount, isZero: zeroBlockCount * DIGEST_SIZE === range.digests.length };
}

type CheckBlocks = (part: PlainPart, range: HashedRange) => Promise<void>;

function blockChecker({ kernels }: Compute, options: VerifyOptions): CheckBlocks {
  const { blockSize, windowSize, expected, firstOffset, placeOf, progress } = options;
  const runs = new Uint32Array(countOf(windowSize, blockSize) + 1);
  return async (part, { offset, digests, zeroBlockCount }) => {
    const blockCount = digests.length / DIGEST_SIZE;
    const firstBlock = offset / blockSize;
    expected.forgetBefore(firstOffset() / blockSize);
    await expected.reach(firstBlock + blockCount);
    if (kernels.changedRuns(digests, expected.view(firstBlock, blockCount), runs) > 0) {
      const blockIndex = firstBlock + runs[0]!;
      const place = { ...placeOf(part.planned), offset: blockIndex * blockSize, blockIndex };
      throw new IntegrityError("Cannot restore block: its SHA-256 is not the one in the digest table", place);
    }
    progress.digestCount += blockCount;
    progress.zeroBlockCount += zeroBlockCount;
  };
}

function checkMd5(found: string, expected: string, place: IntegrityPlace): void {
  if (found !== expected) {
    throw new IntegrityError(
      `Cannot trust object: its MD5 is ${found}, the manifest's is ${expected}`,
      place,
    );
  }
}
