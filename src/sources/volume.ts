/**
 * Sources of a backup's bytes and targets of a restore's bytes. `sourceContract` and `targetContract` of
 * `ashlar/testing` check implementations of these interfaces.
 */
import type { Ranges } from "./ranges.js";

/** A volume to read. Its size is fixed while it is open. */
export interface VolumeSource {
  /** Bytes. */
  readonly size: number;
  /**
   * Fills `buffer` with the bytes at `offset`. Several reads may run at once.
   * @throws StorageError if there are fewer bytes than requested, or the read fails
   */
  readInto(buffer: Uint8Array, offset: number): Promise<void>;
  /**
   * The number of the open file by which threads of a `Compute` can read it, until `close`.
   * @default {only `readInto` can}
   */
  readonly descriptor?: number | undefined;
  /**
   * The ranges that may have other bytes than zeros, by the source's own statement; `undefined` if it makes none.
   * @param signal ends the wait for the statement
   * @throws StorageError
   */
  dataRanges?(signal?: AbortSignal): Promise<Ranges | undefined>;
  close(): Promise<void>;
}

/** A volume that is read once and in order, and whose size is known only at its end, such as a pipe. */
export interface VolumeStream {
  /** Bytes read so far: the volume's size once `readNext` has reached the end. */
  readonly size: number;
  /**
   * Fills `buffer` with the next bytes. Returns their number: less than the buffer's length only at the end.
   * @param signal ends the wait for bytes
   * @throws AshlarError when the bytes cannot be read
   */
  readNext(buffer: Uint8Array, signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
}

/** The receiver of a volume's bytes in order, such as a pipe. */
export interface VolumeOutput {
  /** Writes all of `bytes`; the caller may reuse the buffer once this resolves. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when everything written has been handed on; to stable storage, where the output has any. */
  finish(): Promise<void>;
}

/** A volume to write. */
export interface VolumeTarget {
  /** Bytes that can be written; a restore needs at least the backup's volume size. */
  readonly size: number;
  /** Whether every byte reads as zero now, so that zero data need not be written. */
  readonly isZeroed: boolean;
  /**
   * Writes all of `bytes` at `offset`; the caller may reuse the buffer once this resolves. Several writes may run at
   * once, to ranges that do not overlap.
   */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** Resolves when everything written is on stable storage. */
  sync(): Promise<void>;
  close(): Promise<void>;
}
