/**
 * What a process left that died at work, put right by the next one that opens the catalog:
 *
 *     creating   its objects are removed, the backup is in error, the volume as before
 *     restoring  the backup is available again, the volume in error_restoring
 *     consolidating  the backup is available, as it was or as it was to become
 *     deleting   the deletion is finished
 *
 *     snapshots  half made, or made for one backup: removed; read by a backup: available
 *
 * Operations of the dead leave the queue, so that nobody waits for them.
 *
 * A row belongs to the process that its holder names. What was read of it is old by the time that its holder was found
 * dead: the process may have completed the backup and ended in between, or a quicker repair may have given the row to
 * the next operation. So a row is claimed, while it is still as it was, before anything of it is touched.
 */
import type { BackupRecord } from "../catalog/backups.js";
import type { VolumeRecord } from "../catalog/volumes.js";
import { completeDeletion } from "./complete-deletion.js";
import type { ServiceContext } from "./context.js";
import { isDead, removeDeadOperations } from "./liveness.js";
import { repairSnapshot } from "./snapshots.js";
import { repairSpare } from "./spare.js";
import { BACKUP_STATES, type BackupEvent, VOLUME_STATES } from "./states.js";
import { discardStored } from "./stored.js";
import { finishDeleteVolume } from "./volumes.js";

/** The reference system's reason for the same repair. */
const CREATE_REASON = "incomplete backup reset on manager restart";
const CONSOLIDATE_REASON = "the process that consolidated this backup ended before it was done";
const RESTORE_REASON = "the process that restored this backup ended before it was done";

/** Repairs what it can; what cannot be repaired now (a repository that is not there) is left for the next start. */
export async function repair(context: ServiceContext): Promise<void> {
  const { catalog } = context;
  const volumes = await ofDead(context, await catalog.volumes.held());
  const backups = await ofDead(context, await catalog.backups.held());
  const snapshots = await ofDead(context, await catalog.snapshots.held());
  await removeDeadOperations(context);
  const rows = [...volumes, ...backups, ...snapshots, ...(await catalog.backups.withSpare())];
  if (rows.length === 0) return;
  // What is claimed here is held under a lease of its own.
  await context.admission.run({ kind: "repair" }, async () => {
    for (const volume of volumes) await unlessImpossible(() => repairVolume(context, volume));
    for (const backup of backups) await unlessImpossible(() => repairBackup(context, backup));
    for (const snapshot of snapshots) await unlessImpossible(() => repairSnapshot(context, snapshot));
    // Those of the backups above among them.
    for (const backup of await catalog.backups.withSpare())
      await unlessImpossible(() => repairSpare(context, backup));
  });
}

async function ofDead<R extends { readonly holder: string | null }>(
  context: ServiceContext,
  held: readonly R[],
): Promise<R[]> {
  const dead: R[] = [];
  for (const row of held) if (await isDead(context, row.holder!)) dead.push(row);
  return dead;
}

/** The row records what is wrong; the command that opened the catalog has another task. */
async function unlessImpossible(work: () => Promise<void>): Promise<void> {
  await work().catch(() => {});
}

async function repairVolume(context: ServiceContext, dead: VolumeRecord): Promise<void> {
  if (dead.status === "deleting") return await finishDeleteVolume(context, dead);
  await context.catalog.transaction(async ({ volumes }) => {
    const volume = await volumes.byId(dead.id);
    if (volume === undefined || volume.holder !== dead.holder) return;
    if (volume.status === "backing-up") {
      const status = volume.previousStatus === "in-use" ? "in-use" : "available";
      const changes = { status, previousStatus: "error_backing-up", holder: null } as const;
      await VOLUME_STATES.move(volumes, volume.id, "backed-up", changes);
    } else if (volume.status === "restoring-backup") {
      await VOLUME_STATES.move(volumes, volume.id, "fail-restore", { holder: null });
    }
  });
}

async function repairBackup(context: ServiceContext, dead: BackupRecord): Promise<void> {
  const { holder } = context.host;
  const claimed = await handOver(context, dead, holder);
  if (claimed === undefined) return;
  try {
    await repairClaimed(context, claimed);
  } catch (error) {
    await handOver(context, claimed, dead.holder);
    throw error;
  }
}

async function repairClaimed(context: ServiceContext, claimed: BackupRecord): Promise<void> {
  switch (claimed.status) {
    case "creating":
      await discardStored(context, claimed);
      await settle(context, claimed, { event: "fail", failReason: CREATE_REASON });
      break;
    case "restoring":
      await settle(context, claimed, { event: "restored", failReason: RESTORE_REASON });
      break;
    case "consolidating":
      await settle(context, claimed, { event: "consolidated", failReason: CONSOLIDATE_REASON });
      break;
    case "deleting":
      await completeDeletion(context, claimed);
      break;
  }
}

/** The row with its new holder; `undefined`, and nothing is done, when it is not what it was any more. */
async function handOver(
  { catalog }: ServiceContext,
  known: BackupRecord,
  holder: string | null,
): Promise<BackupRecord | undefined> {
  return await catalog.transaction(async ({ backups }) => {
    const row = await backups.byId(known.id);
    if (row === undefined || row.status !== known.status || row.holder !== known.holder) return undefined;
    await backups.update(row.id, { holder });
    return { ...row, holder };
  });
}

async function settle(
  { catalog }: ServiceContext,
  { id, holder }: BackupRecord,
  { event, failReason }: { readonly event: BackupEvent; readonly failReason: string },
): Promise<void> {
  await catalog.transaction(async ({ backups }) => {
    if ((await backups.byId(id))?.holder !== holder) return;
    await BACKUP_STATES.move(backups, id, event, { failReason, holder: null });
  });
}
