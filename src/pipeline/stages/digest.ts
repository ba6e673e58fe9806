/**
 * digest: computes the SHA-256 of every block, into the window's own buffer and onto the new digest table. Several
 * windows may be in work at once; they leave in the order in which they came.
 */
import { countOf, DIGEST_SIZE } from "../../units.js";
import type { Compute } from "../run/compute.js";
import type { StageMeter } from "../run/profile.js";
import type { Progress } from "../run/run.js";
import type { HoleEntries } from "./hole-entries.js";
import { inOrder } from "./in-order.js";
import type { UnreadDigests } from "./unread-digests.js";
import type { DigestedWindow, Window } from "./window.js";

/** Receives the digests of the whole volume, in block order. */
export interface DigestCollector {
  append(digests: Uint8Array): Promise<void>;
}

/** A collector that passes digests to the witness, if there is one, and then to the table. */
export function collectors(table: DigestCollector, witness: DigestCollector | undefined): DigestCollector {
  if (witness === undefined) return table;
  return {
    async append(digests) {
      await witness.append(digests);
      await table.append(digests);
    },
  };
}

/** Options of `digest`. */
export interface DigestOptions {
  readonly blockSize: number;
  readonly table: DigestCollector;
  /** Required if windows are left out because they are claimed to be unchanged. */
  readonly unread?: UnreadDigests | undefined;
  /** Required if windows are left out because they are holes. */
  readonly holes?: HoleEntries | undefined;
  /** Reads a window that comes unread and digests it like `Compute.digest`. @default {windows come read} */
  readonly readAndDigest?: ((window: Window, digests: Uint8Array) => Promise<number>) | undefined;
  readonly progress: Progress;
  readonly meter?: StageMeter | undefined;
}

/** The stage that hashes blocks: windows in, windows with their digests out, in the same order. */
export function digest(compute: Compute, options: DigestOptions): TransformStream<Window, DigestedWindow> {
  const { blockSize, table, unread, holes: passedOver, progress, meter } = options;
  const digestOf = ({ bytes }: Window, digests: Uint8Array) => compute.digest(bytes, blockSize, digests);
  const { readAndDigest = digestOf } = options;
  const holes = new HoleDigests(blockSize);
  return inOrder<Window, DigestedWindow, DigestedWindow>({
    concurrency: compute.concurrency,
    async start(window) {
      meter?.take(window.bytes.length);
      const blockCount = countOf(window.bytes.length, blockSize);
      const digests = window.buffer.digests.subarray(0, blockCount * DIGEST_SIZE);
      meter?.start();
      const zeroBlockCount = holes.fill(window, digests)
        ? blockCount
        : await (window.isUnread ? readAndDigest : digestOf)(window, digests);
      if (zeroBlockCount === blockCount) holes.learn(window, digests);
      meter?.end();
      progress.digestCount += blockCount;
      progress.zeroBlockCount += zeroBlockCount;
      return { ...window, digests, isZero: zeroBlockCount === blockCount };
    },
    async finish(window, controller) {
      const parentDigests = await unread?.upTo(window);
      await passedOver?.upTo(window);
      await table.append(window.digests);
      meter?.give(window.bytes.length);
      controller.enqueue(parentDigests === undefined ? window : { ...window, parentDigests });
    },
  });
}

/** The digests of holes, all of which are the one of a block of zeros: it is computed once. */
class HoleDigests {
  readonly #blockSize: number;
  /** As many as a window has. */
  #digests = new Uint8Array(0);

  constructor(blockSize: number) {
    this.#blockSize = blockSize;
  }

  /** Fills in the digests of a hole of whole blocks, if they are known. */
  fill({ isHole, bytes }: Window, digests: Uint8Array): boolean {
    if (isHole !== true || bytes.length % this.#blockSize !== 0 || this.#digests.length < digests.length)
      return false;
    digests.set(this.#digests.subarray(0, digests.length));
    return true;
  }

  /** Keeps the digests of zeros. */
  learn({ bytes }: Window, digests: Uint8Array): void {
    if (bytes.length % this.#blockSize === 0 && digests.length > this.#digests.length)
      this.#digests = digests.slice();
  }
}
