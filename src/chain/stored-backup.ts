/** The location of a stored backup, and the opening of its objects. */
import { IntegrityError, InvalidNameError, isAshlarError } from "../errors.js";
import type { ObjectReader, ObjectSink, OpenOptions } from "../sinks/sink.js";

/** The location of a stored backup, with the digests of its files that the catalog has recorded. */
export interface StoredBackup {
  readonly sink: ObjectSink;
  readonly container: string;
  readonly prefix: string;
  readonly backupId: string;
  readonly volumeId: string;
  /** SHA-256 of the stored manifest, 64 hexadecimal digits, if the catalog has it. */
  readonly manifestSha256?: string | undefined;
  /** SHA-256 of the stored digest table, likewise. */
  readonly digestTableSha256?: string | undefined;
}

/** Options of every call that reads a stored backup. */
export interface ReadingOptions {
  /** Aborts every wait for the store: the calls reject with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Opens an object that a complete backup must have. @throws IntegrityError if it is missing */
export async function openStored(
  backup: StoredBackup,
  name: string,
  options: OpenOptions = {},
): Promise<ObjectReader> {
  try {
    return await backup.sink.open(backup.container, name, options);
  } catch (cause) {
    if (!isAshlarError(cause, "not-found")) throw cause;
    const location = { backupId: backup.backupId, objectName: name };
    throw new IntegrityError(
      `Cannot read object in container "${backup.container}": it is missing`,
      location,
      {
        cause,
      },
    );
  }
}

/**
 * Opens an object that a manifest lists.
 * @throws IntegrityError if it is missing, or has a name that no object of the store can have
 */
export async function openListed(
  backup: StoredBackup,
  name: string,
  options: OpenOptions = {},
): Promise<ObjectReader> {
  try {
    return await openStored(backup, name, options);
  } catch (cause) {
    if (!(cause instanceof InvalidNameError) || cause.what !== "object") throw cause;
    const location = { backupId: backup.backupId, objectName: name };
    const reason = "Cannot read object: its name in the manifest is one that no object of the store can have";
    throw new IntegrityError(reason, location, { cause });
  }
}
