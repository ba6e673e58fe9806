/**
 * read: reads the volume window by window; a window never crosses the boundary of a chunk. With hints, windows
 * that they claim to be unchanged are left out, and so are the long holes of a full backup. Other holes pass as zeros,
 * unread.
 */
import { type ChangedRanges, isUnchanged } from "../../sources/hints/changed-ranges.js";
import { isOutside, type Ranges } from "../../sources/ranges.js";
import type { VolumeSource, VolumeStream } from "../../sources/volume.js";
import { ReadableStream } from "../../streams.js";
import type { BufferPool } from "../memory/pool.js";
import type { StageMeter } from "../run/profile.js";
import type { Progress } from "../run/run.js";
import type { HoleLayout } from "./hole-layout.js";
import type { Window } from "./window.js";

/** Sizes for `read`, bytes; a window is never larger than a chunk. */
export interface ReadOptions {
  readonly chunkSize: number;
  readonly windowSize: number;
  /** Ranges that may have changed since the parent; windows outside of them are left out. @default {the whole volume} */
  readonly changed?: ChangedRanges | undefined;
  /** Ranges that may have other bytes than zeros; the rest is not read. @default {the whole volume} */
  readonly data?: Ranges | undefined;
  /** Holes that are left out. @default {none: they pass as windows of zeros} */
  readonly holes?: HoleLayout | undefined;
  /** Whether the next stage reads the bytes of windows that are to be read. @default {false} */
  readonly isDeferred?: boolean | undefined;
  readonly progress?: Pick<Progress, "bytesSkipped" | "bytesDone"> | undefined;
  /** Receives the bytes that are read, and passes on all. */
  readonly meter?: StageMeter | undefined;
}

/**
 * The first stage of a backup: a stream of the volume's windows, each in a buffer of the pool with one lease.
 * @throws any error of the source, through the stream
 */
export function read(source: VolumeSource, options: ReadOptions, pool: BufferPool): ReadableStream<Window> {
  const { chunkSize, windowSize, changed, data, holes, isDeferred = false, progress, meter } = options;
  let offset = 0;
  const lengthAt = (at: number): number =>
    Math.min(windowSize, chunkSize - (at % chunkSize), source.size - at);
  /** The next window that may have changed: at the latest the last, which is never claimed to be unchanged. */
  const skipUnchanged = (): void => {
    if (changed === undefined) return;
    const from = offset;
    while (isUnchanged(changed, offset, lengthAt(offset), source.size)) offset += lengthAt(offset);
    if (progress === undefined) return;
    progress.bytesSkipped += offset - from;
    progress.bytesDone += offset - from;
  };
  /** Objects of zeros replace them, and count as done when they are stored. */
  const skipHoles = (): void => {
    if (holes === undefined) return;
    const from = offset;
    for (let length = holes.lengthAt(offset); length > 0; length = holes.lengthAt(offset)) offset += length;
    if (progress !== undefined) progress.bytesSkipped += offset - from;
  };
  return new ReadableStream<Window>({
    async pull(controller) {
      const buffer = await pool.acquire();
      skipUnchanged();
      skipHoles();
      const bytes = buffer.bytes.subarray(0, lengthAt(offset));
      const isHole = data !== undefined && isOutside(data, offset, bytes.length);
      if (isHole) {
        buffer.fillZeros(bytes.length);
        if (progress !== undefined) progress.bytesSkipped += bytes.length;
      } else {
        buffer.overwrite(0);
        meter?.take(bytes.length);
        if (!isDeferred) {
          meter?.start();
          await source.readInto(bytes, offset);
          meter?.end();
        }
      }
      meter?.give(bytes.length);
      const isUnread = isDeferred && !isHole;
      controller.enqueue({ offset, bytes, buffer, isHole, isUnread });
      offset += bytes.length;
      if (offset < source.size) return;
      meter?.done();
      controller.close();
    },
  });
}

/** Options of `readStream`. */
export interface ReadStreamOptions extends ReadOptions {
  /** Throws if the volume may not have that many bytes. */
  readonly checkSize: (size: number) => void;
  /** Ends the wait for bytes. */
  readonly signal: AbortSignal;
}

/**
 * Like `read`, for a volume whose end is not known before it is read.
 * @throws any error of the source or of `checkSize`, through the stream
 */
export function readStream(
  source: VolumeStream,
  options: ReadStreamOptions,
  pool: BufferPool,
): ReadableStream<Window> {
  const { chunkSize, windowSize, checkSize, signal, meter } = options;
  let offset = 0;
  return new ReadableStream<Window>({
    async pull(controller) {
      const buffer = await pool.acquire();
      const chunkEnd = offset - (offset % chunkSize) + chunkSize;
      const wanted = buffer.bytes.subarray(0, Math.min(windowSize, chunkEnd - offset));
      meter?.start();
      const length = await source.readNext(wanted, signal);
      meter?.end();
      checkSize(source.size);
      if (length === 0) buffer.release();
      else {
        meter?.take(length);
        meter?.give(length);
        controller.enqueue({ offset, bytes: wanted.subarray(0, length), buffer });
      }
      offset += length;
      if (length === wanted.length) return;
      meter?.done();
      controller.close();
    },
  });
}
