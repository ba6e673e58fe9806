/**
 * verify: passes on only blocks that match the digest table. A block that does not match ends the run, or is reported
 * to `onDamage`.
 *
 * Every block is checked before it leaves this stage. Pieces of several objects may be interleaved. An object's MD5 can
 * only be checked at its end, over all of its bytes. It detects damage to the manifest, or to a part of the object that
 * is not restored, and so only verifications check it: a restore checks every block's SHA-256 before writing, and would
 * spend a quarter of its processor time on MD5s (docs/decisions/0049). Several pieces may be hashed at once; they are
 * checked and leave in the order in which they came.
 */
import type { PlannedObject } from "../../chain/plan.js";
import { type DamageLocation, IntegrityError } from "../../errors.js";
import { countOf, DIGEST_SIZE } from "../../units.js";
import type { Compute } from "../run/compute.js";
import type { StageMeter } from "../run/profile.js";
import type { Progress } from "../run/run.js";
import { ContentMd5 } from "./content-md5.js";
import { DamageReport } from "./damage-report.js";
import type { ExpectedDigests } from "./expected-digests.js";
import type { FindingsOptions } from "./findings.js";
import { inOrder } from "./in-order.js";
import type { PlainPiece, VerifiedRange } from "./piece.js";
import { UnprovenBlocks } from "./unproven-blocks.js";
import type { ZeroDigests } from "./zero-digests.js";

/** Options of `verify`. */
export interface VerifyOptions extends FindingsOptions {
  readonly blockSize: number;
  /** Bytes of the longest piece. */
  readonly windowSize: number;
  readonly expected: ExpectedDigests;
  /** Required if pieces of zeros come that were not read. */
  readonly zeroDigests?: ZeroDigests | undefined;
  /** Whether the MD5s of objects are checked too. */
  readonly checksMd5s: boolean;
  /**
   * Whether the MD5 of an intact object proves its blocks although the digest table does not, because the table is
   * damaged; for runs that continue past damage and check MD5s. @default {it never does}
   */
  readonly isProvenByMd5?: ((planned: PlannedObject) => boolean) | undefined;
  readonly locationOf: (planned: PlannedObject) => DamageLocation;
  /** Byte offset in the volume before which nothing is left to check. */
  readonly firstOffset: () => number;
  /** Called for every object whose last piece has been checked. */
  readonly onDone: (planned: PlannedObject) => void;
  readonly progress: Progress;
  readonly meter?: StageMeter | undefined;
}

/** The bytes of a planned range inside one piece of an object, with their computed digests. */
interface HashedRange extends VerifiedRange {
  readonly digests: Uint8Array;
  readonly zeroBlockCount: number;
}

interface HashedPiece {
  readonly piece: PlainPiece;
  readonly ranges: readonly HashedRange[];
  /** MD5 of the whole object: only on its last piece, and only if MD5s are checked. */
  readonly contentMd5: Promise<string> | undefined;
}

/**
 * The stage that checks plain pieces against the digest table: pieces in, ranges that a restore may write out.
 * @throws IntegrityError, through the stream, for the first damaged block or object, unless `onDamage` takes it
 */
export function verify(compute: Compute, options: VerifyOptions): TransformStream<PlainPiece, VerifiedRange> {
  const { blockSize, checksMd5s, locationOf, progress, meter, onDone } = options;
  const report = new DamageReport(options);
  const unproven = new UnprovenBlocks(options.isProvenByMd5);
  const checkBlocks = blockChecker(compute, options, { report, unproven });
  const md5s = new ObjectMd5s(compute);
  return inOrder<PlainPiece, HashedPiece, VerifiedRange>({
    concurrency: compute.concurrency,
    async start(piece) {
      if (piece.failure !== undefined) {
        md5s.drop(piece.planned);
        return { piece, ranges: [], contentMd5: undefined };
      }
      meter?.take(piece.bytes.length);
      meter?.start();
      const contentMd5 = checksMd5s ? md5s.update(piece, compute.kernels.isZero(piece.bytes)) : undefined;
      // A failure is thrown where the MD5 is awaited, below; one of the ranges may come first.
      contentMd5?.catch(() => {});
      const ranges = await Promise.all(
        rangesIn(piece, blockSize).map((range) =>
          piece.isZero ? asZeros(range, options.zeroDigests!) : hash(compute, blockSize, range),
        ),
      );
      meter?.end();
      return { piece, ranges, contentMd5 };
    },
    async finish({ piece, ranges, contentMd5 }, controller) {
      const { planned, failure } = piece;
      for (const range of ranges) {
        for (const good of await checkBlocks(piece, range)) {
          piece.buffer.retain();
          meter?.give(good.bytes.length);
          controller.enqueue(good);
        }
      }
      piece.buffer.release();
      if (failure === undefined && !piece.isLast) return;
      const md5 = await contentMd5;
      const isIntact = md5 === planned.object.contentMd5;
      for (const blocks of unproven.take(planned)) if (!isIntact) report.writtenBlocks(planned, blocks);
      if (failure !== undefined) report.lostFrom(piece.offset, planned, failure);
      else progress.objectCount++;
      if (md5 !== undefined && !isIntact)
        report.wrongMd5(planned, md5Error(md5, planned.object.contentMd5, locationOf(planned)));
      onDone(planned);
    },
  });
}

/** The running MD5s of all unfinished objects. */
class ObjectMd5s {
  readonly #compute: Compute;
  readonly #zeroMd5s = new Map<number, Promise<string>>();
  readonly #running = new Map<PlannedObject, ContentMd5>();

  constructor(compute: Compute) {
    this.#compute = compute;
  }

  /** Adds a piece; returns the object's MD5 with its last piece, otherwise `undefined`. */
  update(piece: PlainPiece, isZero: boolean): Promise<string> | undefined {
    const { planned } = piece;
    const md5 = this.#running.get(planned) ?? new ContentMd5(this.#compute, this.#zeroMd5s);
    md5.update(piece, isZero);
    if (!piece.isLast) {
      this.#running.set(planned, md5);
      return undefined;
    }
    this.#running.delete(planned);
    return md5.hex();
  }

  /** Forgets an object that failed before its last piece. */
  drop(planned: PlannedObject): void {
    this.#running.delete(planned);
  }
}

type UnhashedRange = Omit<HashedRange, "isZero" | "zeroBlockCount">;

/** The planned ranges inside the piece. Ranges and pieces start on block boundaries. */
function rangesIn({ planned, offset, bytes, buffer }: PlainPiece, blockSize: number): UnhashedRange[] {
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

/** The range of a piece that is known to be zeros. */
function asZeros(range: UnhashedRange, zeroDigests: ZeroDigests): HashedRange {
  const zeroBlockCount = range.digests.length / DIGEST_SIZE;
  range.digests.set(zeroDigests.of(zeroBlockCount));
  return { ...range, zeroBlockCount, isZero: true };
}

/** Returns the good blocks of the range. */
type CheckBlocks = (piece: PlainPiece, range: HashedRange) => Promise<readonly VerifiedRange[]>;

function blockChecker(
  { kernels }: Compute,
  options: VerifyOptions,
  { report, unproven }: { readonly report: DamageReport; readonly unproven: UnprovenBlocks },
): CheckBlocks {
  const { blockSize, windowSize, expected, firstOffset, progress, onVerified } = options;
  const runs = new Uint32Array(countOf(windowSize, blockSize) + 1);
  return async ({ planned }, range) => {
    const { offset, digests, zeroBlockCount } = range;
    const { linkIndex } = planned;
    const blockCount = digests.length / DIGEST_SIZE;
    const firstBlock = offset / blockSize;
    expected.forgetBefore(firstOffset() / blockSize);
    await expected.reach(firstBlock + blockCount);
    const runCount = kernels.changedRuns(digests, expected.view(firstBlock, blockCount), runs);
    const { good, bad } = split(range, runs.subarray(0, 2 * runCount), blockSize);
    const isUnproven = bad.length > 0 && unproven.accepts(planned);
    for (const blocks of bad) {
      const lost = { offset: blocks.offset, length: blocks.bytes.length };
      if (isUnproven) unproven.add(planned, lost);
      else report.badBlocks(planned, lost);
    }
    for (const blocks of good) {
      progress.digestCount += blocks.digests.length / DIGEST_SIZE;
      onVerified?.({
        offset: blocks.offset,
        length: blocks.bytes.length,
        linkIndex,
        digests: blocks.digests,
      });
    }
    if (runCount === 0) progress.zeroBlockCount += zeroBlockCount;
    return isUnproven ? [...good, ...bad] : good;
  };
}

type Blocks = VerifiedRange & { readonly digests: Uint8Array };

interface Split {
  readonly good: readonly Blocks[];
  readonly bad: readonly Blocks[];
}

/** @param badRuns pairs: index of the first bad block within the range, number of bad blocks */
function split(range: HashedRange, badRuns: Uint32Array, blockSize: number): Split {
  if (badRuns.length === 0) return { good: [range], bad: [] };
  const { planned, bytes, digests, buffer } = range;
  const part = (from: number, to: number): Blocks => ({
    planned,
    offset: range.offset + from * blockSize,
    bytes: bytes.subarray(from * blockSize, to * blockSize),
    digests: digests.subarray(from * DIGEST_SIZE, to * DIGEST_SIZE),
    // Written even if it is zero: too rare to be worth a check.
    isZero: false,
    buffer,
  });
  const good: Blocks[] = [];
  const bad: Blocks[] = [];
  let at = 0;
  for (let i = 0; i < badRuns.length; i += 2) {
    const [first, end] = [badRuns[i]!, badRuns[i]! + badRuns[i + 1]!];
    if (first > at) good.push(part(at, first));
    bad.push(part(first, end));
    at = end;
  }
  if (at * DIGEST_SIZE < digests.length) good.push(part(at, digests.length / DIGEST_SIZE));
  return { good, bad };
}

function md5Error(found: string, expected: string, location: DamageLocation): IntegrityError {
  return new IntegrityError(
    `Cannot trust object: its MD5 is ${found}, the manifest's is ${expected}`,
    location,
  );
}
