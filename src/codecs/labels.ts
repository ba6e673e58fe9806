/** The names by which users and stored objects call the codecs. */
import { UsageError } from "../errors.js";
import type { CodecId } from "./codec.js";

/** Every label that the reference system accepts and may have recorded; `gzip` there is a zlib stream too. */
const IDS: ReadonlyMap<string, CodecId> = new Map<string, CodecId>([
  ["none", "none"],
  ["off", "none"],
  ["no", "none"],
  ["zlib", "zlib"],
  ["gzip", "zlib"],
  ["bz2", "bz2"],
  ["bzip2", "bz2"],
  ["zstd", "zstd"],
]);

/** The codec that `label` stands for, without regard to case; `undefined` for an unknown one. */
export function codecIdOf(label: string): CodecId | undefined {
  return IDS.get(label.toLowerCase());
}

/** The codec that a user's `value` stands for. @throws UsageError for an unknown one */
export function parseCodecId(value: string): CodecId {
  const id = codecIdOf(value);
  if (id === undefined) {
    throw new UsageError(
      `Cannot use compression algorithm "${value}": want one of ${[...IDS.keys()].join(", ")}`,
    );
  }
  return id;
}
