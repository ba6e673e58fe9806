/** Samples of the volume that show whether a chunk is worth compressing although its first window is not. */
import type { PieceEncoder } from "../../codecs/codec.js";
import type { VolumeSource } from "../../sources/volume.js";

/** Reports whether samples of the chunk after byte `offset` of the volume shrink, up to byte `end` if it is known. */
export type ProbeChunk = (offset: number, end?: number) => Promise<boolean>;

const SAMPLE_SIZE = 16 * 1024;
/** Enough to find a compressible sixteenth of a chunk more often than not; together less than a quarter of a window. */
const SAMPLE_COUNT = 15;

export function probeWith(encoder: PieceEncoder, source: VolumeSource, chunkSize: number): ProbeChunk {
  return async (offset, end = Number.POSITIVE_INFINITY) => {
    const chunkEnd = Math.min(source.size, end, offset - (offset % chunkSize) + chunkSize);
    const step = Math.max(SAMPLE_SIZE, Math.floor((chunkEnd - offset) / SAMPLE_COUNT));
    const sample = new Uint8Array(SAMPLE_SIZE);
    for (let at = offset; at < chunkEnd; at += step) {
      const bytes = sample.subarray(0, Math.min(SAMPLE_SIZE, chunkEnd - at));
      await source.readInto(bytes, at);
      if (await shrinks(encoder, bytes)) return true;
    }
    return false;
  };
}

/** Whether an object of just these `bytes` would be smaller encoded. */
export async function shrinks(encoder: PieceEncoder, bytes: Uint8Array): Promise<boolean> {
  const object = encoder.start(bytes.length);
  const head = await object.encode(bytes, false);
  const tail = await object.finish();
  return head.length + tail.length < bytes.length;
}
