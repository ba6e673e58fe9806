/**
 * Where a backup's bytes come from and where a restore's bytes go. `sourceContract` and `targetContract` of
 * `ashlar/testing` hold implementations against what is said here.
 */

/** A volume to read. Its size is fixed for the time it is open. */
export interface VolumeSource {
  /** Bytes. */
  readonly size: number;
  /**
   * Fills `buffer` with the bytes at `offset`. Several reads may be under way at once.
   * @throws StorageError when fewer bytes are there than asked for, or the read fails
   */
  readInto(buffer: Uint8Array, offset: number): Promise<void>;
  close(): Promise<void>;
}

/** A volume to write. */
export interface VolumeTarget {
  /** Bytes that can be written; a restore needs at least the backup's volume size. */
  readonly size: number;
  /** Whether every byte reads as zero now, so that zero data need not be written. */
  readonly isZeroed: boolean;
  /**
   * Writes the whole of `bytes` at `offset`; they may be reused once this resolves. Several writes may be under way at
   * once, to ranges that do not overlap.
   */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** Resolves when all that was written is on stable storage. */
  sync(): Promise<void>;
  close(): Promise<void>;
}
