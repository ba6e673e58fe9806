/** The digests of the backup that an incremental is based on. */
import type { EntryCollector } from "../../format/digest-table.js";

export type { EntryCollector };

/** The parent's digests, in block order. */
export interface ParentDigests {
  /** Fills `digests`; returns how many digests were left to read. */
  readInto(digests: Uint8Array): Promise<number>;
  /** Passes the next `count` digests on, at less cost than `readInto`; returns how many were left to pass on. */
  copyTo(table: EntryCollector, count: number): Promise<number>;
  /** Reads to the end, to detect damage there. */
  countAll(): Promise<number>;
}
