/** Names of the codecs in options and in manifests. */
import { UsageError } from "../errors.js";
import type { CodecId } from "./codec.js";

/** All labels that the reference system accepts and may have recorded; its `gzip` is a zlib stream too. */
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

/** The codec named by `label`, case-insensitive; `undefined` for an unknown one. */
export function codecIdOf(label: string): CodecId | undefined {
  return IDS.get(label.toLowerCase());
}

/** The codec named by a user's `value`. @throws UsageError for an unknown one */
export function parseCodecId(value: string): CodecId {
  const id = codecIdOf(value);
  if (id === undefined) {
    throw new UsageError(
      `Cannot use compression algorithm "${value}": want one of ${[...IDS.keys()].join(", ")}`,
    );
  }
  return id;
}
