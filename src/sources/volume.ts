/**
 * Where a backup's bytes come from and where a restore's bytes go. `sourceContract` and `targetContract` of
 * `ashlar/testing` check implementations of these interfaces.
 */

/** A volume to read. Its size is fixed while it is open. */
export interface VolumeSource {
  /** Bytes. */
  readonly size: number;
  /**
   * Fills `buffer` with the bytes at `offset`. Several reads may run at once.
   * @throws StorageError if there are fewer bytes than requested, or the read fails
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
   * Writes all of `bytes` at `offset`; the caller may reuse the buffer once this resolves. Several writes may run at
   * once, to ranges that do not overlap.
   */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** Resolves when everything written is on stable storage. */
  sync(): Promise<void>;
  close(): Promise<void>;
}
