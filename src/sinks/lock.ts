/**
 * Locks of objects: a store that has them refuses to remove a locked object, whoever asks, until a date has come or a
 * hold is released. A lock is only ever extended by a sink; no call of a sink shortens one or bypasses it.
 */
import { LockedError, UsageError } from "../errors.js";

/**
 * `governance`: accounts with a special permission can remove the lock. `compliance`: nobody can, not even the store's
 * administrator.
 */
export type LockMode = "compliance" | "governance";

export interface Retention {
  readonly mode: LockMode;
  /** The object stays until then, by the store's clock. */
  readonly until: Date;
}

/** The lock of an object, as the store reports it. */
export interface ObjectLock {
  readonly retention?: Retention | undefined;
  /** Whether the object stays until its hold is released, beside the retention. */
  readonly isHeld: boolean;
}

/** Changes to an object's lock. What is left out stays as it is. */
export interface LockChange {
  /** The least that the object's retention has to be afterwards. */
  readonly retention?: Retention | undefined;
  /** Sets or releases the hold. */
  readonly isHeld?: boolean | undefined;
}

/** What a store does with attempts to destroy a locked object. */
export interface LockTraits {
  readonly refusesRemoval: boolean;
  readonly refusesShortening: boolean;
  /** Whether the locked bytes are still there after the name was written to again. */
  readonly keepsOverwritten: boolean;
}

/** Whether `lock` is at least as strong as `wanted`. */
export function covers(lock: ObjectLock | undefined, { retention, isHeld }: LockChange): boolean {
  if (isHeld !== undefined && (lock?.isHeld ?? false) !== isHeld) return false;
  if (retention === undefined) return true;
  const present = lock?.retention;
  return present !== undefined && isStrong(present, retention);
}

function isStrong(present: Retention, wanted: Retention): boolean {
  const isModeKept = present.mode === "compliance" || wanted.mode === "governance";
  return isModeKept && present.until.getTime() >= wanted.until.getTime();
}

/** A retention that is at least as strong as either. */
export function strongest(one: Retention, other: Retention | undefined): Retention {
  if (other === undefined) return one;
  const mode = [one.mode, other.mode].includes("compliance") ? "compliance" : "governance";
  return { mode, until: one.until.getTime() >= other.until.getTime() ? one.until : other.until };
}

/** Whether the lock keeps its object at that moment. */
export function isLockedAt({ retention, isHeld }: ObjectLock, now: Date): boolean {
  return isHeld || (retention !== undefined && retention.until.getTime() > now.getTime());
}

/** @param what e.g. `object "a" in container "b"` */
export function lockedError(
  what: string,
  call: string,
  lock: ObjectLock | undefined,
  cause?: unknown,
): LockedError {
  const until = lock?.isHeld === true ? undefined : lock?.retention?.until;
  return new LockedError(`Cannot ${call} ${what}: it is ${describeLock(lock)}`, { until, cause });
}

/** The lock in words: `locked until 2026-12-29T00:00:00Z (governance)`. */
export function describeLock(lock: ObjectLock | undefined): string {
  if (lock === undefined) return "locked by the store";
  if (lock.isHeld) return "on legal hold until the hold is released";
  const { mode, until } = lock.retention ?? {};
  return until === undefined ? "locked by the store" : `locked until ${shownDate(until)} (${mode})`;
}

function shownDate(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}

/** The error of stores, or of containers, without locks. */
export function cannotLock(container: string, advice: string): UsageError {
  return new UsageError(`Cannot lock objects in container ${JSON.stringify(container)}: ${advice}`);
}
