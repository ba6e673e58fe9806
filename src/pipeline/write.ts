/** write: verified ranges to the target. Each byte comes once, so zeros may be left out where zeros are already. */
import type { VolumeTarget } from "../sources/volume.js";
import { WritableStream } from "../streams.js";
import type { VerifiedRange } from "./part.js";
import type { Progress } from "./run.js";

/** @param target `undefined` to write nowhere, for a verification */
export function write(target: VolumeTarget | undefined, progress: Progress): WritableStream<VerifiedRange> {
  return new WritableStream<VerifiedRange>({
    async write({ offset, bytes, isZero, buffer }) {
      const isThere = target === undefined || (isZero && target.isZeroed);
      if (!isThere) await target.write(bytes, offset);
      buffer.release();
      progress.bytesDone += bytes.length;
    },
    async close() {
      await target?.sync();
    },
  });
}
