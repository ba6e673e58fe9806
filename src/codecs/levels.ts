/** Compression levels of the codecs, from fast to small. Decoding does not depend on the level. */
import { UsageError } from "../errors.js";
import type { CodecId } from "./codec.js";

export type CodecWithLevels = Exclude<CodecId, "none">;

/** Levels that replace the codecs' usual ones. */
export type CodecLevels = { readonly [Id in CodecWithLevels]?: number | undefined };

interface Levels {
  readonly highest: number;
  readonly usual: number;
}

/** The lowest level is 1. The usual levels are the reference system's, where they are fixed. */
export const LEVELS: Readonly<Record<CodecWithLevels, Levels>> = {
  zlib: { highest: 9, usual: 6 },
  bz2: { highest: 9, usual: 9 },
  zstd: { highest: 22, usual: 3 },
};

/** `level`, or the codec's usual one if `undefined`. @throws UsageError for a level that the codec does not have */
export function levelOf(id: CodecWithLevels, level: number | undefined): number {
  const { highest, usual } = LEVELS[id];
  if (level === undefined) return usual;
  if (Number.isInteger(level) && level >= 1 && level <= highest) return level;
  throw new UsageError(`Cannot use ${id} level ${level}: want a whole number from 1 to ${highest}`);
}
