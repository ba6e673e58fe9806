/** Listings of backups and of operations. */
import type { BackupRow } from "../../catalog/backups.js";
import type { OperationRow } from "../../catalog/operations.js";
import type { SortKey } from "../../catalog/rows.js";
import { UsageError } from "../../errors.js";
import { isAdmin } from "../access/caller.js";
import { findVisible, isVisible, listScope } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import type { BackupFilter, BackupSort, BackupView, BackupWithDependents } from "../requests.js";
import { volumeIdFor } from "../volumes/meaning.js";

/** Fields of the record by the API's names. */
const SORT_FIELDS: Readonly<Record<BackupSort["key"], keyof BackupRow>> = {
  id: "id",
  name: "name",
  status: "status",
  size: "size",
  volume_id: "volumeId",
  created_at: "createdAt",
  updated_at: "updatedAt",
  data_timestamp: "dataTimestamp",
  stored_size: "storedSize",
};

export const SORT_KEYS: readonly BackupSort["key"][] = Object.keys(SORT_FIELDS) as BackupSort["key"][];

export async function listBackups(context: ServiceContext, filter: BackupFilter = {}): Promise<BackupView[]> {
  const { backups } = context.catalog;
  const { name, status, limit, metadata, sort = [] } = filter;
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new UsageError(`Cannot list ${limit} backups: want a whole number from 0 on`);
  }
  const volumeId = filter.volume && (await volumeIdFor(context, filter.volume));
  const marker = filter.marker && (await findVisible(context, backups, filter.marker)).id;
  const wanted = {
    ...listScope(context, filter.allProjects),
    ...(name !== undefined && { name }),
    ...(status !== undefined && { status }),
    ...(volumeId !== undefined && { volumeId }),
    ...(filter.inRepository && { repository: context.settings.repository }),
  };
  const order: SortKey<BackupRow>[] = sort.map(({ key, descending }) => ({
    field: SORT_FIELDS[key],
    descending: descending ?? true,
  }));
  return await viewsOf(context, await backups.list(wanted, { limit, marker, sort: order, metadata }));
}

export async function findBackup(context: ServiceContext, nameOrId: string): Promise<BackupView> {
  const [view] = await viewsOf(context, [await findVisible(context, context.catalog.backups, nameOrId)]);
  return view!;
}

/** Adds to backups whether others are based on them. */
export async function withDependents(
  { catalog }: Pick<ServiceContext, "catalog">,
  rows: readonly BackupRow[],
): Promise<BackupWithDependents[]> {
  if (rows.length === 0) return [];
  const bases = await catalog.backups.withDependents(rows.map(({ id }) => id));
  return rows.map((backup) => ({ backup, hasDependents: bases.has(backup.id) }));
}

/** Up to so many backups, following their chains takes less time than reading the parent of every backup. */
const FEW_MAX = 100;

/** Adds dependents, chain lengths and operations to backups, as the catalog records them. */
export async function viewsOf(context: ServiceContext, rows: readonly BackupRow[]): Promise<BackupView[]> {
  if (rows.length === 0) return [];
  const { catalog } = context;
  const ids = rows.map(({ id }) => id);
  const parents =
    ids.length > FEW_MAX ? await catalog.backups.parents() : await catalog.backups.parentsInChainsOf(ids);
  const operations = await catalog.operations.list();
  const names = await volumeNamesOf(context, rows);
  return (await withDependents(context, rows)).map(({ backup, hasDependents }) => ({
    backup,
    volumeName: names.get(backup.volumeId) ?? null,
    hasDependents,
    chainLength: chainLengthOf(backup.id, parents),
    operations: operations.filter(({ backupId }) => backupId === backup.id),
  }));
}

/** Names of the backups' volumes by id, of those that have one and that the caller can see. */
export async function volumeNamesOf(
  context: ServiceContext,
  rows: readonly BackupRow[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  const ids = new Set(rows.map(({ volumeId }) => volumeId));
  for (const volume of await context.catalog.volumes.byIds([...ids])) {
    if (volume.name !== null && isVisible(context, volume)) names.set(volume.id, volume.name);
  }
  return names;
}

/** Number of backups in its chain, itself included; `undefined` if the catalog lacks one of them. */
function chainLengthOf(id: string, parents: ReadonlyMap<string, string | null>): number | undefined {
  let length = 0;
  for (let current: string | null = id; current !== null; length++) {
    const parent = parents.get(current);
    if (parent === undefined || length > parents.size) return undefined;
    current = parent;
  }
  return length;
}

/** Running and waiting operations in the order of arrival; for callers other than admins, those on visible backups. */
export async function listOperations(context: ServiceContext): Promise<OperationRow[]> {
  const { backups, volumes, operations } = context.catalog;
  const all = await operations.list();
  if (isAdmin(context.caller)) return all;
  const visible: OperationRow[] = [];
  for (const operation of all) {
    const { backupId, volumeId } = operation;
    const subject =
      (backupId !== null && (await backups.byId(backupId))) ||
      (volumeId !== null && (await volumes.byId(volumeId)));
    if (subject && isVisible(context, subject)) visible.push(operation);
  }
  return visible;
}
