/** The digests of the backup that an incremental is based on. */

/** The parent's digests, in block order. */
export interface ParentDigests {
  /** Fills `digests`; returns how many digests were left to read. */
  readInto(digests: Uint8Array): Promise<number>;
  /** Reads to the end, to detect damage there. */
  countAll(): Promise<number>;
}
