/** Reads the windows of a file on the threads that digest them, if the host's threads can. */
import type { VolumeSource } from "../../sources/volume.js";
import type { Compute } from "../run/compute.js";
import type { DigestOptions } from "./digest.js";

/** The reader of windows that come unread; `undefined` if the source has to read them. */
export function readerOnThreads(
  source: VolumeSource,
  compute: Compute,
  blockSize: number,
): DigestOptions["readAndDigest"] {
  const { descriptor } = source;
  if (descriptor === undefined || compute.readAndDigest === undefined) return undefined;
  const readAndDigest = compute.readAndDigest.bind(compute);
  return async ({ bytes, offset }, digests) => {
    const zeroBlockCount = await readAndDigest({ descriptor, offset }, bytes, blockSize, digests);
    if (zeroBlockCount !== undefined) return zeroBlockCount;
    // Reports why not all bytes came, or reads them: a failure may be over.
    await source.readInto(bytes, offset);
    return await compute.digest(bytes, blockSize, digests);
  };
}
