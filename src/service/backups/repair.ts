/**
 * Repairs what a process left that died at work. The next process that opens the catalog does it:
 *
 *     creating   its objects are removed, the backup is in error, the volume as before
 *     restoring  the backup is available again, the volume in error_restoring
 *     consolidating  the backup is available, in its old state or in its new one
 *     deleting   the deletion is finished
 *
 *     volumes    creating: in error; extending: available, in the size that its file has; deleting: removed
 *     snapshots  unfinished, or made for one backup: removed; read by a backup: available
 *
 * Operations of dead processes leave the queue, so that no operation waits for them.
 *
 * A row belongs to the process that its holder names. By the time that a holder is found dead, the row that was read is
 * out of date: the process may have completed the backup and ended in between, or another process may have repaired the
 * row and given it to the next operation. So a row is claimed, if it is still unchanged, before anything of it is
 * touched.
 */
import type { BackupRow } from "../../catalog/backups.js";
import type { VolumeRow } from "../../catalog/volumes.js";
import { isAshlarError, LockedError } from "../../errors.js";
import { openFileSource } from "../../sources/file.js";
import type { ServiceContext } from "../context.js";
import { isDead, removeDeadOperations } from "../operations/liveness.js";
import type { RunningOperation } from "../operations/running-operation.js";
import { openRecorder } from "../repositories/history.js";
import { discardStored, recordRemoval } from "../repositories/stored.js";
import { BACKUP_STATES, type BackupEvent, VOLUME_STATES } from "../states/states.js";
import { isHere } from "../volumes/here.js";
import { repairSnapshot } from "../volumes/snapshots.js";
import { finishDeleteVolume } from "../volumes/volumes.js";
import { completeDeletion } from "./complete-deletion.js";
import { repairSpare } from "./spare.js";

/** The reference system's reason for the same repair. */
const CREATE_REASON = "incomplete backup reset on manager restart";
const CONSOLIDATE_REASON = "the process that consolidated this backup ended before it was done";
const RESTORE_REASON = "the process that restored this backup ended before it was done";

/** A row that a process works on. */
type Held = Pick<BackupRow, "id" | "holder">;

/**
 * Repairs what it can; what cannot be repaired now (e.g. the repository is not there) is left for the next start.
 * @param abandoned ids of rows that this process holds and no longer works on
 */
export async function repair(
  context: ServiceContext,
  abandoned: ReadonlySet<string> = new Set(),
): Promise<void> {
  const { catalog } = context;
  const isLeft = async ({ id, holder }: Held) => abandoned.has(id) || (await isDead(context, holder!));
  const volumes = await filtered(await catalog.volumes.held(), isLeft);
  const backups = await filtered(await catalog.backups.held(), isLeft);
  const snapshots = await filtered(await catalog.snapshots.held(), isLeft);
  await removeDeadOperations(context);
  const rows = [...volumes, ...backups, ...snapshots, ...(await catalog.backups.withSpare())];
  if (rows.length === 0) return;
  // The claimed rows are held under a lease of this process.
  await context.admission.run({ kind: "repair" }, async (operation) => {
    for (const volume of volumes) await unlessImpossible(() => repairVolume(context, volume));
    for (const backup of backups) await unlessImpossible(() => repairBackup(context, backup, operation));
    for (const snapshot of snapshots) await unlessImpossible(() => repairSnapshot(context, snapshot));
    // Includes those of the backups repaired above.
    for (const backup of await catalog.backups.withSpare())
      await unlessImpossible(() => repairSpare(context, backup));
  });
}

async function filtered<R extends Held>(
  held: readonly R[],
  isLeft: (row: Held) => Promise<boolean>,
): Promise<R[]> {
  const left: R[] = [];
  for (const row of held) if (await isLeft(row)) left.push(row);
  return left;
}

/** Ignores errors: the row records them, and the command that opened the catalog has another task. */
async function unlessImpossible(work: () => Promise<void>): Promise<void> {
  await work().catch(() => {});
}

async function repairVolume(context: ServiceContext, dead: VolumeRow): Promise<void> {
  // Only the host of the file can remove or measure it.
  if (!isHere(dead.source) && ["deleting", "extending"].includes(dead.status)) return;
  if (dead.status === "deleting") return await finishDeleteVolume(context, dead);
  const size = dead.status === "extending" ? await sizeOf(context, dead) : undefined;
  await context.catalog.transaction(async ({ volumes }) => {
    const volume = await volumes.byId(dead.id);
    if (volume === undefined || volume.holder !== dead.holder) return;
    if (volume.status === "backing-up") {
      const status = volume.previousStatus === "in-use" ? "in-use" : "available";
      const changes = { status, previousStatus: "error_backing-up", holder: null } as const;
      await VOLUME_STATES.move(volumes, volume.id, "backed-up", changes);
    } else if (volume.status === "restoring-backup") {
      await VOLUME_STATES.move(volumes, volume.id, "fail-restore", { holder: null });
    } else if (volume.status === "creating") {
      await VOLUME_STATES.move(volumes, volume.id, "fail-create", { holder: null });
    } else if (volume.status === "extending") {
      const isKnown = size !== undefined;
      const changes = { holder: null, ...(isKnown && { size }) };
      await VOLUME_STATES.move(volumes, volume.id, isKnown ? "extended" : "fail-extend", changes);
    }
  });
}

/** Bytes of the volume's file; `undefined` if it cannot be read. */
async function sizeOf({ host }: ServiceContext, { source }: VolumeRow): Promise<number | undefined> {
  if (source === null) return undefined;
  try {
    const file = await openFileSource(host.fileSystem, source);
    await file.close();
    return file.size;
  } catch (error) {
    if (isAshlarError(error)) return undefined;
    throw error;
  }
}

async function repairBackup(
  context: ServiceContext,
  dead: BackupRow,
  operation: RunningOperation,
): Promise<void> {
  const { holder } = context.host;
  const claimed = await handOver(context, dead, holder);
  if (claimed === undefined) return;
  try {
    await repairClaimed(context, claimed, operation);
  } catch (error) {
    await handOver(context, claimed, dead.holder);
    throw error;
  }
}

async function repairClaimed(
  context: ServiceContext,
  claimed: BackupRow,
  operation: RunningOperation,
): Promise<void> {
  switch (claimed.status) {
    case "creating":
      await settle(context, claimed, { event: "fail", failReason: await discardCreation(context, claimed) });
      break;
    case "restoring":
      await settle(context, claimed, { event: "restored", failReason: RESTORE_REASON });
      break;
    case "consolidating":
      await settle(context, claimed, { event: "consolidated", failReason: CONSOLIDATE_REASON });
      break;
    case "deleting":
      await completeDeletion(context, claimed, operation);
      break;
  }
}

/** Removes what was stored, unless it is locked already. Resolves to the reason of the failure. */
async function discardCreation(context: ServiceContext, claimed: BackupRow): Promise<string> {
  try {
    const recorder = await openRecorder(context, claimed.repository);
    await discardStored(context, claimed);
    await recordRemoval(recorder, claimed);
    return CREATE_REASON;
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    return `${CREATE_REASON}; ${error.message}`;
  }
}

/** Changes the row's holder. Resolves to the row, or to `undefined` if it has changed and nothing was done. */
async function handOver(
  { catalog }: ServiceContext,
  known: BackupRow,
  holder: string | null,
): Promise<BackupRow | undefined> {
  return await catalog.transaction(async ({ backups }) => {
    const row = await backups.byId(known.id);
    if (row === undefined || row.status !== known.status || row.holder !== known.holder) return undefined;
    await backups.update(row.id, { holder });
    return { ...row, holder };
  });
}

async function settle(
  { catalog }: ServiceContext,
  { id, holder }: BackupRow,
  { event, failReason }: { readonly event: BackupEvent; readonly failReason: string },
): Promise<void> {
  await catalog.transaction(async ({ backups }) => {
    if ((await backups.byId(id))?.holder !== holder) return;
    await BACKUP_STATES.move(backups, id, event, { failReason, holder: null });
  });
}
