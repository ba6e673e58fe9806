/** digest: the SHA-256 of every block, into the window's own buffer and onto the new digest table. */
import type { DigestEngine } from "../kernels/engine.js";
import { countOf, DIGEST_SIZE } from "../units.js";
import type { Progress } from "./run.js";
import type { DigestedWindow, Window } from "./window.js";

/** Where the digests of the whole volume go, in block order. */
export interface DigestCollector {
  append(digests: Uint8Array): Promise<void>;
}

export function digest(
  engine: DigestEngine,
  options: { readonly blockSize: number; readonly table: DigestCollector; readonly progress: Progress },
): TransformStream<Window, DigestedWindow> {
  const { blockSize, table, progress } = options;
  return new TransformStream<Window, DigestedWindow>({
    async transform(window, controller) {
      const blockCount = countOf(window.bytes.length, blockSize);
      const digests = window.buffer.digests.subarray(0, blockCount * DIGEST_SIZE);
      const zeroBlockCount = engine.digestInto(window.bytes, blockSize, digests);
      await table.append(digests);
      progress.digestCount += blockCount;
      progress.zeroBlockCount += zeroBlockCount;
      controller.enqueue({ ...window, digests, isZero: zeroBlockCount === blockCount });
    },
  });
}
