/**
 * Locks what backups store. Objects are locked when all of them are there, before the manifest completes the backup:
 * an aborted backup leaves nothing locked behind, and a complete one is locked. Whoever can write to the store can
 * destroy what a running backup has stored so far; the backup then fails.
 *
 * The ancestors of an incremental are locked for at least as long as it is. Since each incremental of a chain would
 * extend the lock of every older object by its interval, an extension goes further than needed, so that most
 * incrementals find their ancestors locked for long enough.
 */
import type { BackupRow } from "../../catalog/backups.js";
import type { Chain } from "../../chain/chain.js";
import type { ChainLink } from "../../chain/link.js";
import type { StoredBackup } from "../../chain/stored-backup.js";
import { InvalidStateError, UsageError } from "../../errors.js";
import { digestTableName, manifestName } from "../../format/names.js";
import { sideBySide } from "../../side-by-side.js";
import { covers, type LockChange } from "../../sinks/lock.js";
import type { ObjectSink } from "../../sinks/sink.js";
import type { ServiceContext } from "../context.js";
import { changeOf, combined, fieldsOf, type LockFields } from "../repositories/locks.js";

const LOCKS_AT_ONCE = 16;
/** An extension goes further by this share of the time that is left. */
const EXTRA_SHARE = 0.25;

/** @throws UsageError for a lock that objects in the container cannot have */
export async function requireLockable(sink: ObjectSink, container: string, lock: LockFields): Promise<void> {
  if (changeOf(lock) === undefined || (await sink.canLock(container))) return;
  throw new UsageError(
    `Cannot lock a backup in container ${JSON.stringify(container)}: the store has no object lock there; use a bucket that was made with it, or set backup_retention_mode to advisory, which only Ashlar keeps to`,
  );
}

/** Locks all objects but the manifest, the digest table first. */
export async function lockObjects(
  sink: ObjectSink,
  { container, prefix }: Pick<StoredBackup, "container" | "prefix">,
  names: readonly string[],
  change: LockChange,
): Promise<void> {
  const table = digestTableName(prefix);
  await sink.lock(container, table, change);
  const others = names.filter((name) => name !== table);
  await sideBySide(others, LOCKS_AT_ONCE, (name) => sink.lock(container, name, change));
}

/** Locks the manifest: the backup is locked from now on. */
export async function lockManifest(
  sink: ObjectSink,
  { container, prefix }: Pick<StoredBackup, "container" | "prefix">,
  change: LockChange,
): Promise<void> {
  await sink.lock(container, manifestName(prefix), change);
}

/** Extends the locks of a chain to at least that of a backup that is based on it. */
export async function extendChain(
  context: ServiceContext,
  { links }: Chain,
  { lock, repository, sink }: Extension,
): Promise<void> {
  const change = changeOf(lock);
  for (const link of links) {
    const { container, prefix } = link.backup;
    if (change !== undefined) {
      await extendLink(link, { change, sink, now: context.host.clock.now() });
      const present = fieldsOf(await sink.lockOf(container, manifestName(prefix)));
      await recordLock(context, { repository, container, prefix }, present);
    }
    if (lock.lockMode === "advisory") await recordLock(context, { repository, container, prefix }, lock);
  }
}

export interface Extension {
  readonly lock: LockFields;
  /** The repository of the chain. */
  readonly repository: string;
  readonly sink: ObjectSink;
}

async function extendLink(
  { backup, manifest }: ChainLink,
  { change, sink, now }: { readonly change: LockChange; readonly sink: ObjectSink; readonly now: Date },
): Promise<void> {
  const { container, prefix, backupId } = backup;
  const present = await sink.lockOf(container, manifestName(prefix));
  if (covers(present, change)) return;
  if (change.retention?.mode === "compliance" && present?.retention?.mode === "governance")
    throw new InvalidStateError(
      `Cannot lock backup ${backupId} in compliance mode, in which an incremental is to be based on it: it is locked in governance mode; make a full backup`,
    );
  const extended = withExtra(change, now);
  const names = manifest.objects.map(({ name }) => name);
  await lockObjects(sink, backup, names, extended);
  await lockManifest(sink, backup, extended);
}

function withExtra(change: LockChange, now: Date): LockChange {
  const { retention } = change;
  if (retention === undefined) return change;
  const until = retention.until.getTime();
  const extra = Math.max(0, until - now.getTime()) * EXTRA_SHARE;
  return {
    ...change,
    retention: { ...retention, until: new Date(Math.ceil((until + extra) / 1000) * 1000) },
  };
}

/** Adds the lock to that of every row that has the objects. */
async function recordLock(
  { catalog }: ServiceContext,
  {
    repository,
    container,
    prefix,
  }: Pick<StoredBackup, "container" | "prefix"> & { readonly repository: string },
  lock: LockFields,
): Promise<void> {
  const isRecorded = (row: BackupRow, wanted: LockFields): boolean =>
    row.lockMode === wanted.lockMode &&
    row.isHeld === wanted.isHeld &&
    row.lockedUntil?.getTime() === wanted.lockedUntil?.getTime();
  await catalog.transaction(async ({ backups }) => {
    for (const row of await backups.list({ repository, container, serviceMetadata: prefix })) {
      const wanted = combined([row, lock]);
      if (!isRecorded(row, wanted)) await backups.update(row.id, wanted);
    }
  });
}
