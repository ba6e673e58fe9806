/** read: the volume's bytes, window by window, never across the boundary of a chunk. */
import type { VolumeSource } from "../sources/volume.js";
import { ReadableStream } from "../streams.js";
import type { BufferPool } from "./pool.js";
import type { StageMeter } from "./profile.js";
import type { Window } from "./window.js";

export interface ReadOptions {
  readonly chunkSize: number;
  readonly windowSize: number;
  readonly meter?: StageMeter | undefined;
}

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
