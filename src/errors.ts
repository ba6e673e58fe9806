/**
 * The error taxonomy. Every failure that Ashlar names is one of these classes; `code` says what kind it is
 * without matching strings, typed fields say where it happened, `cause` keeps what was underneath.
 *
 * Messages read "Cannot <verb> <object>: <state now>", quote values, say what is wanted, and end without a period.
 * Where the reference system has a message that users know, that message is used as it is.
 */

/** `temporary`: the same call may succeed later. `permanent`: it will not until something is changed. */
export type ErrorStatus = "permanent" | "temporary";

/** What kind of failure it is: the same for ever, unlike messages. */
export type ErrorCode =
  | "usage"
  | "not-found"
  | "invalid-state"
  | "forbidden"
  | "quota"
  | "integrity"
  | "storage"
  | "cancelled";

/** The base of every error that Ashlar names. */
export abstract class AshlarError extends Error {
  abstract readonly code: ErrorCode;
  readonly status: ErrorStatus = "permanent";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** An option, argument or name that cannot be accepted. The message names the value and what is wanted. */
export class UsageError extends AshlarError {
  readonly code = "usage";
}

/** A volume, backup, container or object that does not exist. */
export class NotFoundError extends AshlarError {
  readonly code = "not-found";
}

/** A request that the present state refuses, for example deleting a backup on which others depend. */
export class InvalidStateError extends AshlarError {
  readonly code = "invalid-state";
}

/** A request that the policy does not allow this caller, whatever the state is. */
export class ForbiddenError extends AshlarError {
  readonly code = "forbidden";
}

/** A request that would take a project past one of its limits. */
export class QuotaError extends AshlarError {
  readonly code = "quota";
}

/** Where damage is, as far as it is known. */
export interface IntegrityPlace {
  readonly backupId?: string | undefined;
  readonly objectName?: string | undefined;
  /** Byte offset in the volume. */
  readonly offset?: number | undefined;
  /** 0-based ordinal of the block in the volume. */
  readonly blockIndex?: number | undefined;
}

/** Stored data that is not what was stored: wrong digest, wrong length, malformed or missing. */
export class IntegrityError extends AshlarError {
  readonly code = "integrity";
  readonly place: IntegrityPlace;
  readonly #reason: string;

  constructor(message: string, place: IntegrityPlace = {}, options?: ErrorOptions) {
    super(message + placeSuffix(place), options);
    this.place = place;
    this.#reason = message;
  }

  /** The same error for callers who know whose file it was that could not be read. */
  inBackup(backupId: string): IntegrityError {
    const place = { ...this.place, backupId: this.place.backupId ?? backupId };
    return new IntegrityError(this.#reason, place, { cause: this.cause });
  }
}

/** Names the backup in errors of a parser, which reads files without knowing whose they are. */
export function inBackup(error: unknown, backupId: string): unknown {
  return error instanceof IntegrityError ? error.inBackup(backupId) : error;
}

function placeSuffix(place: IntegrityPlace): string {
  const parts: string[] = [];
  if (place.backupId !== undefined) parts.push(`backup ${place.backupId}`);
  if (place.objectName !== undefined) parts.push(`object "${place.objectName}"`);
  if (place.offset !== undefined) parts.push(`offset ${place.offset}`);
  if (place.blockIndex !== undefined) parts.push(`block ${place.blockIndex}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

/** What a `StorageError` says beside its message. */
export interface StorageErrorDetails extends ErrorOptions {
  /** What was attempted, for example `write`, `fsync`, `list`. */
  readonly operation: string;
  /** @default {"permanent"} */
  readonly status?: ErrorStatus | undefined;
}

/** A source, target, sink or catalog that failed to do what was asked: no space, no permission, I/O error. */
export class StorageError extends AshlarError {
  readonly code = "storage";
  override readonly status: ErrorStatus;
  readonly operation: string;

  constructor(message: string, details: StorageErrorDetails) {
    super(message, details);
    this.status = details.status ?? "permanent";
    this.operation = details.operation;
  }
}

/** The run was stopped on request. An outcome, not a failure. */
export class CancelledError extends AshlarError {
  readonly code = "cancelled";
}

/** Whether `error` is Ashlar's own, and of kind `code` where one is given. */
export function isAshlarError(error: unknown, code?: ErrorCode): error is AshlarError {
  return error instanceof AshlarError && (code === undefined || error.code === code);
}
