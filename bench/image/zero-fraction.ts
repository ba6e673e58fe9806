/** A volume of random blocks, of which a given part is zero: neighbours are alike in runs, as files and gaps are. */
import { open } from "node:fs/promises";
import { KIB, MIB } from "../../src/units.js";
import { SeededBytes } from "./seeded-bytes.js";

/** Of one kind, before the other may follow. */
const RUN_SIZE: number = 256 * KIB;

export interface ZeroFraction {
  /** Bytes; a multiple of 256 KiB. */
  readonly size: number;
  readonly zeroPercent: number;
}

export async function makeZeroFraction(path: string, { size, zeroPercent }: ZeroFraction): Promise<void> {
  const random = new SeededBytes(11);
  // One piece of random bytes at changing offsets would do for digests; fresh ones keep deduplication out of it.
  const file = await open(path, "w");
  try {
    for (let offset = 0; offset < size; offset += MIB) {
      const piece = random.bytes(Math.min(MIB, size - offset));
      for (let at = 0; at < piece.length; at += RUN_SIZE) {
        if (isZeroRun((offset + at) / RUN_SIZE, zeroPercent)) piece.fill(0, at, at + RUN_SIZE);
      }
      await file.write(piece, 0, piece.length, offset);
    }
  } finally {
    await file.close();
  }
}

/** 61 and 100 have no common factor, so a hundred runs in a row take each value once. */
function isZeroRun(index: number, zeroPercent: number): boolean {
  return (index * 61) % 100 < zeroPercent;
}
