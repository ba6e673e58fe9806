/** A stored object that contains bytes of a volume. */
import type { ChainLink } from "../chain/link.js";
import type { StoredBackup } from "../chain/stored-backup.js";
import type { DamageLocation } from "../errors.js";
import type { ManifestObject } from "../format/manifest.js";

export interface ImageObject {
  readonly backup: StoredBackup;
  readonly entry: ManifestObject;
  /** Identifies the object, whichever chain it was found in. */
  readonly key: string;
  readonly location: DamageLocation;
}

/** Numbers for sinks, which have no names. */
const sinkNumbers = new WeakMap<object, number>();
let sinkCount = 0;

export function imageObjectOf({ backup }: ChainLink, entry: ManifestObject): ImageObject {
  const { sink, container, backupId } = backup;
  const sinkNumber = sinkNumbers.get(sink) ?? sinkCount++;
  sinkNumbers.set(sink, sinkNumber);
  return {
    backup,
    entry,
    key: JSON.stringify([sinkNumber, container, entry.name]),
    location: { backupId, objectName: entry.name, offset: entry.offset },
  };
}
