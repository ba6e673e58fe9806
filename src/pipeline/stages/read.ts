/** read: reads the volume window by window; a window never crosses the boundary of a chunk. */
import type { VolumeSource } from "../../sources/volume.js";
import { ReadableStream } from "../../streams.js";
import type { BufferPool } from "../memory/pool.js";
import type { StageMeter } from "../run/profile.js";
import type { Window } from "./window.js";

/** Sizes for `read`, bytes; a window is never larger than a chunk. */
export interface ReadOptions {
  readonly chunkSize: number;
  readonly windowSize: number;
  readonly meter?: StageMeter | undefined;
}

/**
 * The first stage of a backup: a stream of the volume's windows, each in a buffer of the pool with one lease.
 * @throws any error of the source, through the stream
 */
export function read(source: VolumeSource, options: ReadOptions, pool: BufferPool): ReadableStream<Window> {
  const { chunkSize, windowSize, meter } = options;
  let offset = 0;
  return new ReadableStream<Window>({
    async pull(controller) {
      const buffer = await pool.acquire();
      const chunkEnd = offset - (offset % chunkSize) + chunkSize;
      const bytes = buffer.bytes.subarray(0, Math.min(windowSize, chunkEnd - offset, source.size - offset));
      meter?.take(bytes.length);
      meter?.start();
      await source.readInto(bytes, offset);
      meter?.end();
      meter?.give(bytes.length);
      controller.enqueue({ offset, bytes, buffer });
      offset += bytes.length;
      if (offset < source.size) return;
      meter?.done();
      controller.close();
    },
  });
}
