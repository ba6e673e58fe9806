/** Looking at backups. */
import type { BackupRecord } from "../catalog/backups.js";
import { UsageError } from "../errors.js";
import type { ServiceContext } from "./context.js";
import type { BackupFilter, BackupView } from "./service.js";
import { findVolume } from "./volumes.js";

export async function listBackups(context: ServiceContext, filter: BackupFilter = {}): Promise<BackupView[]> {
  const { backups } = context.catalog;
  const { name, status, limit } = filter;
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new UsageError(`Cannot list ${limit} backups: want a whole number from 0 on`);
  }
  // The volume may be gone, or known by its id from the backups alone.
  const volumeId = filter.volume && ((await findVolume(context, filter.volume))?.id ?? filter.volume);
  const marker = filter.marker && (await backups.find(filter.marker)).id;
  const wanted = {
    ...(name !== undefined && { name }),
    ...(status !== undefined && { status }),
    ...(volumeId !== undefined && { volumeId }),
  };
  const records = await backups.list(wanted, { limit, marker });
  const dependents = await backups.dependentCounts();
  return records.map((backup) => ({ backup, hasDependents: dependents.has(backup.id) }));
}

export async function findBackup(context: ServiceContext, nameOrId: string): Promise<BackupView> {
  return await viewOf(context, await context.catalog.backups.find(nameOrId));
}

async function viewOf({ catalog }: ServiceContext, backup: BackupRecord): Promise<BackupView> {
  return { backup, hasDependents: await catalog.backups.hasDependents(backup.id) };
}
