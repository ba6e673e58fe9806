/** The levels that codecs have: from fast to small. Which one was used need not be known to read an object. */
import { UsageError } from "../errors.js";
import type { CodecId } from "./codec.js";

export type CodecWithLevels = Exclude<CodecId, "none">;

/** A level for each codec, where it is not to be the codec's usual one. */
export type CodecLevels = { readonly [Id in CodecWithLevels]?: number | undefined };

interface Levels {
  readonly highest: number;
  readonly usual: number;
}

/** The lowest is 1. The usual ones are those of the reference system, which cannot change them. */
export const LEVELS: Readonly<Record<CodecWithLevels, Levels>> = {
  zlib: { highest: 9, usual: 6 },
  bz2: { highest: 9, usual: 9 },
  zstd: { highest: 22, usual: 3 },
};

/** `level`, or the codec's usual one where none is given. @throws UsageError for what is no level of it */
export function levelOf(id: CodecWithLevels, level: number | undefined): number {
  const { highest, usual } = LEVELS[id];
  if (level === undefined) return usual;
  if (Number.isInteger(level) && level >= 1 && level <= highest) return level;
  throw new UsageError(`Cannot use ${id} level ${level}: want a whole number from 1 to ${highest}`);
}
