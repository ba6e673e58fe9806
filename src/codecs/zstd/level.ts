/** Levels of zstd, and their memory. */
import { KIB, MIB } from "../../units.js";

export interface ZstdOptions {
  /** 1 to 22: fast to small. @default {3} */
  readonly level?: number | undefined;
}

/** By level from 1 on: log2 of the window, the chain or search table, and the hash table (zstd 1.5). */
const LOGS: readonly (readonly [window: number, chain: number, hash: number])[] = [
  [19, 13, 14],
  [20, 15, 16],
  [21, 16, 17],
  [21, 18, 18],
  [21, 18, 19],
  [21, 18, 19],
  [21, 19, 20],
  [21, 19, 20],
  [22, 20, 21],
  [22, 21, 22],
  [22, 21, 22],
  [22, 22, 23],
  [22, 22, 22],
  [22, 22, 23],
  [22, 23, 23],
  [22, 22, 22],
  [23, 23, 22],
  [23, 23, 22],
  [23, 24, 22],
  [25, 25, 23],
  [26, 26, 24],
  [27, 27, 25],
];

/** Upper estimate of zstd's state in bytes, at `level` for objects of up to `inputMax` plain bytes. */
export function zstdStateSize(level: number, inputMax: number = Number.POSITIVE_INFINITY): number {
  const [window, chain, hash] = LOGS[level - 1]!;
  const windowSize = Math.min(2 ** window, 2 ** Math.ceil(Math.log2(inputMax)));
  const tables = 4 * (Math.min(2 ** chain, 2 * windowSize) + Math.min(2 ** hash, 2 * windowSize));
  return windowSize + tables + 2 * MIB;
}

/**
 * The largest encoding of a piece of `length` bytes in a frame: blocks that do not shrink are stored, with three bytes
 * each. The constant covers preceding zeros that were not encoded yet, forty bytes for each MiB.
 */
export function zstdEncodedMax(length: number): number {
  return length + (length >> 8) + 512 * KIB;
}
