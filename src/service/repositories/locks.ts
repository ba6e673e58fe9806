/**
 * What keeps a backup from being deleted. Two objects bound the lock of all others of a backup, at any time:
 *
 *     the digest table is locked first    no object is locked for longer than the longer lock of table and manifest
 *     the manifest is locked last         every object is locked for at least as long as the manifest
 *
 * So one look at these two decides, before anything is touched, whether everything may go. The catalog keeps the lock
 * too: for stores without locks (mode `advisory`), and to plan without asking the store.
 */
import type { BackupRow } from "../../catalog/backups.js";
import { digestTableName, manifestName } from "../../format/names.js";
import {
  isLockedAt,
  type LockChange,
  type LockMode,
  lockedError,
  type ObjectLock,
  strongest,
} from "../../sinks/lock.js";
import type { ObjectSink } from "../../sinks/sink.js";
import type { ServiceContext } from "../context.js";

/** The store's clock may be behind ours; a removal that it refuses in the middle would leave half a backup. */
const MARGIN_MS = 60_000;

/** The fields of a backup's row that describe its lock. */
export type LockFields = Pick<BackupRow, "isHeld" | "lockedUntil" | "lockMode">;

const UNLOCKED: LockFields = { lockMode: null, lockedUntil: null, isHeld: false };

/** The lock of a backup that is made now, by the request or the settings. */
export function lockFor({ settings, host }: ServiceContext, requestedMs: number | undefined): LockFields {
  const { mode = "governance", durationMs: usualMs } = settings.retention ?? {};
  const durationMs = requestedMs ?? usualMs;
  const isHeld = mode === "hold";
  if (durationMs === undefined) return { ...UNLOCKED, isHeld };
  const lockedUntil = new Date(host.clock.now().getTime() + durationMs);
  return { lockMode: mode === "hold" ? "governance" : mode, lockedUntil, isHeld };
}

/** What the store has to do; `undefined` for nothing. */
export function changeOf({ lockMode, lockedUntil, isHeld }: LockFields): LockChange | undefined {
  const isOfStore = lockMode !== null && lockMode !== "advisory" && lockedUntil !== null;
  if (!isOfStore && !isHeld) return undefined;
  return {
    ...(isOfStore && { retention: { mode: lockMode, until: lockedUntil } }),
    ...(isHeld && { isHeld }),
  };
}

/** The fields for a lock that the store reports. */
export function fieldsOf(lock: ObjectLock | undefined): LockFields {
  if (lock === undefined) return UNLOCKED;
  const { retention, isHeld } = lock;
  return { lockMode: retention?.mode ?? null, lockedUntil: retention?.until ?? null, isHeld };
}

/** A lock that is at least as strong as each of those; an advisory one counts as well as any. */
export function combined(locks: readonly LockFields[]): LockFields {
  const rank = (mode: LockFields["lockMode"]): number =>
    mode === null ? 0 : ["advisory", "governance", "compliance"].indexOf(mode) + 1;
  return locks.reduce(
    (one, other) => ({
      lockMode: rank(one.lockMode) >= rank(other.lockMode) ? one.lockMode : other.lockMode,
      lockedUntil: later(one.lockedUntil, other.lockedUntil),
      isHeld: one.isHeld || other.isHeld,
    }),
    UNLOCKED,
  );
}

function later(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one.getTime() >= other.getTime() ? one : other;
}

/** The lock that bounds those of all objects under the prefix; `undefined` for none, and in stores without locks. */
export async function storedLock(
  sink: ObjectSink,
  container: string,
  prefix: string,
): Promise<ObjectLock | undefined> {
  return await lockOfNames(sink, container, [digestTableName(prefix), manifestName(prefix)]);
}

/** The strongest lock of any of the objects. */
export async function lockOfNames(
  sink: ObjectSink,
  container: string,
  names: readonly string[],
): Promise<ObjectLock | undefined> {
  if (!(await sink.canLock(container))) return undefined;
  let strongestLock: ObjectLock | undefined;
  for (const name of names) strongestLock = either(strongestLock, await sink.lockOf(container, name));
  return strongestLock;
}

function either(one: ObjectLock | undefined, other: ObjectLock | undefined): ObjectLock | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const retention = one.retention ? strongest(one.retention, other.retention) : other.retention;
  return { retention, isHeld: one.isHeld || other.isHeld };
}

/** The lock that keeps the backup now, by the catalog or the store; `undefined` if it may be deleted. */
export async function lockNow(context: ServiceContext, backup: BackupRow): Promise<ObjectLock | undefined> {
  const { container, serviceMetadata, sparePrefix, repository, manifestSha256 } = backup;
  // A backup that was never completed has the lock that it was to get.
  let lock = manifestSha256 === null ? undefined : recordedLock(backup);
  if (container !== null && serviceMetadata !== null) {
    const sink = await context.host.openRepository(repository);
    for (const prefix of sparePrefix === null ? [serviceMetadata] : [serviceMetadata, sparePrefix])
      lock = either(lock, await storedLock(sink, container, prefix));
  }
  return lock !== undefined && isKept(context, lock) ? lock : undefined;
}

/** Whether the lock has not ended by the clock of any host. */
export function isKept({ host }: ServiceContext, lock: ObjectLock): boolean {
  return isLockedAt(lock, new Date(host.clock.now().getTime() - MARGIN_MS));
}

function recordedLock({ lockMode, lockedUntil, isHeld }: LockFields): ObjectLock | undefined {
  if (lockedUntil === null) return isHeld ? { isHeld } : undefined;
  const mode: LockMode = lockMode === "compliance" ? "compliance" : "governance";
  return { retention: { mode, until: lockedUntil }, isHeld };
}

/** @throws LockedError naming the date, before anything is touched */
export async function requireUnlocked(context: ServiceContext, backup: BackupRow): Promise<void> {
  const lock = await lockNow(context, backup);
  if (lock !== undefined) throw lockedError(`backup ${backup.id}`, "delete", lock);
}
