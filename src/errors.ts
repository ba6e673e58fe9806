/**
 * The error taxonomy. Every failure that Ashlar reports is one of these classes: `code` identifies its kind without
 * matching strings, typed fields locate it, and `cause` has the underlying error.
 *
 * Messages read "Cannot <verb> <object>: <state now>", quote values, name the accepted values, and end without a period.
 * Messages of the reference system that users know are used unchanged.
 */

/** `temporary`: the same call may succeed later. `permanent`: it will not, until something changes. */
export type ErrorStatus = "permanent" | "temporary";

/** The kind of a failure. Codes never change, unlike messages. */
export type ErrorCode =
  | "usage"
  | "not-found"
  | "invalid-state"
  | "forbidden"
  | "quota"
  | "integrity"
  | "storage"
  | "cancelled";

/** The base of every error that Ashlar reports. */
export abstract class AshlarError extends Error {
  abstract readonly code: ErrorCode;
  readonly status: ErrorStatus = "permanent";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** An option, argument or name that cannot be accepted. The message names the value and the accepted values. */
export class UsageError extends AshlarError {
  readonly code = "usage";
}

/** A name that no object, or no container, of the store can have. */
export class InvalidNameError extends UsageError {
  readonly what: "container" | "object";

  constructor(message: string, what: "container" | "object") {
    super(message);
    this.what = what;
  }
}

/** A volume, backup, container or object that does not exist. */
export class NotFoundError extends AshlarError {
  readonly code = "not-found";
}

/** A request that the current state does not allow, e.g. deleting a backup that others depend on. */
export class InvalidStateError extends AshlarError {
  readonly code = "invalid-state";
}

/** A new object whose name another writer has taken meanwhile; the other object stays. */
export class ObjectExistsError extends InvalidStateError {
  /** @param what e.g. `object "a" in container "b"` */
  constructor(what: string, options?: ErrorOptions) {
    super(`Cannot complete ${what}: another writer has completed it, and its object stays`, options);
  }
}

/** A removal of something that is locked. `until` is when it may go; `undefined` while it is on hold. */
export class LockedError extends InvalidStateError {
  readonly until: Date | undefined;

  constructor(
    message: string,
    { until, cause }: { readonly until?: Date | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.until = until;
  }
}

/** A request that the policy does not allow this caller, in any state. */
export class ForbiddenError extends AshlarError {
  readonly code = "forbidden";
}

/** A request that would exceed a project's limit. */
export class QuotaError extends AshlarError {
  readonly code = "quota";
}

/** The known location of damage. */
export interface DamageLocation {
  readonly backupId?: string | undefined;
  readonly objectName?: string | undefined;
  /** Byte offset in the volume. */
  readonly offset?: number | undefined;
  /** 0-based index of the block in the volume. */
  readonly blockIndex?: number | undefined;
}

/** Stored data that differs from what was backed up: wrong digest, wrong length, malformed or missing. */
export class IntegrityError extends AshlarError {
  readonly code = "integrity";
  readonly location: DamageLocation;
  /** The message without the location. */
  readonly reason: string;

  constructor(message: string, location: DamageLocation = {}, options?: ErrorOptions) {
    super(message + locationSuffix(location), options);
    this.location = location;
    this.reason = message;
  }

  /** The same error, for a caller that knows which backup the unreadable file belongs to. */
  inBackup(backupId: string): IntegrityError {
    const location = { ...this.location, backupId: this.location.backupId ?? backupId };
    return new IntegrityError(this.reason, location, { cause: this.cause });
  }
}

/** Adds the backup to errors of a parser, which does not know whose files it reads. */
export function inBackup(error: unknown, backupId: string): unknown {
  return error instanceof IntegrityError ? error.inBackup(backupId) : error;
}

function locationSuffix(location: DamageLocation): string {
  const parts: string[] = [];
  if (location.backupId !== undefined) parts.push(`backup ${location.backupId}`);
  if (location.objectName !== undefined) parts.push(`object "${location.objectName}"`);
  if (location.offset !== undefined) parts.push(`offset ${location.offset}`);
  if (location.blockIndex !== undefined) parts.push(`block ${location.blockIndex}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

/** The fields of a `StorageError`. */
export interface StorageErrorDetails extends ErrorOptions {
  /** The call that failed, e.g. `write`, `fsync`, `list`. */
  readonly call: string;
  /** @default {"permanent"} */
  readonly status?: ErrorStatus | undefined;
}

/** A failed call of a source, target, sink or catalog: no space, no permission, I/O error. */
export class StorageError extends AshlarError {
  readonly code = "storage";
  override readonly status: ErrorStatus;
  readonly call: string;

  constructor(message: string, details: StorageErrorDetails) {
    super(message, details);
    this.status = details.status ?? "permanent";
    this.call = details.call;
  }
}

/** The run was stopped on request: an outcome, not a failure. */
export class CancelledError extends AshlarError {
  readonly code = "cancelled";
}

/** The operation ended because its lease was lost: another process took this one for dead, or the catalog was away. */
export class LeaseLostError extends CancelledError {}

/** Whether `error` is Ashlar's own, and of kind `code` if one is given. */
export function isAshlarError(error: unknown, code?: ErrorCode): error is AshlarError {
  return error instanceof AshlarError && (code === undefined || error.code === code);
}
