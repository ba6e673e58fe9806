/**
 * An NBD export as a volume to read or to write. Requests are split by the server's limits and spread over the
 * connections; where the server has a block size, partial blocks are read whole, and written by reading them first.
 */
import { orAborted } from "../../aborted.js";
import { UsageError } from "../../errors.js";
import { checkRange } from "../range.js";
import type { Ranges } from "../ranges.js";
import type { VolumeSource, VolumeTarget } from "../volume.js";
import type { NbdConnections } from "./connect.js";
import type { NbdFailures } from "./failures.js";
import { STATE_ZERO } from "./protocol.js";
import type { NbdSession } from "./session.js";
import { statusRanges } from "./status-ranges.js";

/** Bytes of one request: a window. Several windows are read at once, so the server works while data is on its way. */
const REQUEST_SIZE_USUAL = 1024 * 1024;

interface Range {
  /** Bytes from the beginning of the export. */
  readonly offset: number;
  /** Position in the caller's buffer. */
  readonly at: number;
  /** Bytes. */
  readonly length: number;
}

export class NbdVolume implements VolumeSource, VolumeTarget {
  readonly size: number;
  readonly isZeroed: boolean;
  readonly #connections: NbdConnections;
  readonly #failures: NbdFailures;
  readonly #blockSize: number;
  readonly #requestSize: number;
  /** Resolves when the last write of a partial block ended: two of them may share a block. */
  #partialWrites: Promise<unknown> = Promise.resolve();

  constructor(connections: NbdConnections, failures: NbdFailures, isZeroed: boolean) {
    const { size, blockSize, requestSizeMax } = connections.first.info;
    this.size = size;
    this.isZeroed = isZeroed;
    this.#connections = connections;
    this.#failures = failures;
    this.#blockSize = blockSize;
    this.#requestSize = Math.min(requestSizeMax, Math.max(blockSize, REQUEST_SIZE_USUAL));
  }

  async readInto(buffer: Uint8Array, offset: number): Promise<void> {
    checkRange("read", this, offset, buffer.length);
    const reads = this.#split(offset, buffer.length).map((range) => this.#read(buffer, range));
    await this.#failures.located("read", buffer.length, offset, allSettled(reads));
  }

  /** What `base:allocation` does not call zeros, where the server has this context. */
  async dataRanges(signal?: AbortSignal): Promise<Ranges | undefined> {
    const { first } = this.#connections;
    if (first.info.contexts.size === 0) return undefined;
    const ranges = statusRanges(first, (state) => (state & STATE_ZERO) === 0);
    return await orAborted(this.#failures.named("read the allocation of", ranges), signal);
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    checkRange("write", this, offset, bytes.length);
    const writes = this.#split(offset, bytes.length).map((range) => this.#write(bytes, range));
    await this.#failures.located("write", bytes.length, offset, allSettled(writes));
  }

  async sync(): Promise<void> {
    const { first } = this.#connections;
    // A server without flush has written what it acknowledged.
    if (!first.info.canFlush) return;
    await this.#failures.named("flush", first.flush());
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }

  async #read(buffer: Uint8Array, { offset, at, length }: Range): Promise<void> {
    const target = buffer.subarray(at, at + length);
    if (this.#isWhole(offset, length)) return await this.#connections.leastBusy.read(target, offset);
    const { blocks, start } = await this.#readBlocks(offset, length);
    target.set(blocks.subarray(offset - start, offset - start + length));
  }

  async #write(bytes: Uint8Array, { offset, at, length }: Range): Promise<void> {
    const source = bytes.subarray(at, at + length);
    if (this.#isWhole(offset, length)) return await this.#connections.leastBusy.write(source, offset);
    const write = this.#partialWrites.then(async () => {
      const { blocks, start } = await this.#readBlocks(offset, length);
      blocks.set(source, offset - start);
      await this.#connections.leastBusy.write(blocks, start);
    });
    this.#partialWrites = write.catch(() => undefined);
    await write;
  }

  /** The whole blocks that contain a range. */
  async #readBlocks(
    offset: number,
    length: number,
  ): Promise<{ readonly blocks: Uint8Array; readonly start: number }> {
    const start = offset - (offset % this.#blockSize);
    const end = Math.ceil((offset + length) / this.#blockSize) * this.#blockSize;
    const blocks = new Uint8Array(end - start);
    await this.#connections.leastBusy.read(blocks, start);
    return { blocks, start };
  }

  #isWhole(offset: number, length: number): boolean {
    return offset % this.#blockSize === 0 && length % this.#blockSize === 0;
  }

  /** Ranges that a request each may have. Only the first and the last can hold partial blocks. */
  #split(offset: number, length: number): readonly Range[] {
    const ranges: Range[] = [];
    for (let at = 0; at < length; ) {
      const from = offset + at;
      const partial = from % this.#blockSize;
      const left = length - at;
      const count = this.#rangeLength(partial, left);
      ranges.push({ offset: from, at, length: count });
      at += count;
    }
    return ranges;
  }

  #rangeLength(partial: number, left: number): number {
    if (partial > 0) return Math.min(this.#blockSize - partial, left);
    const whole = Math.min(left, this.#requestSize);
    const rest = whole % this.#blockSize;
    return whole > rest ? whole - rest : whole;
  }
}

/** @throws UsageError for an export that cannot be written, or is smaller than `size` bytes */
export function checkWritable({ info }: NbdSession, failures: NbdFailures, size: number): void {
  if (info.isReadOnly)
    throw new UsageError(`Cannot write to ${failures.name}: the server exports it read-only`);
  if (info.size < size)
    throw new UsageError(
      `Cannot write a volume of ${size} bytes to ${failures.name}: it has room for ${info.size}`,
    );
}

/** Waits for all, so that no buffer is in use afterwards; then throws the first failure. */
async function allSettled(work: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(work);
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
