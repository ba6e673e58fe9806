/** Quotas: what projects use, and the reference system's errors when they would exceed them. */
import type { CatalogTables } from "../../catalog/catalog.js";
import type { QuotaResource } from "../../catalog/quotas.js";
import { QuotaError } from "../../errors.js";
import { GIB } from "../../units.js";
import type { ServiceContext } from "../context.js";
import type { QuotaUses } from "./block-storage.js";

/** The reference system's defaults: `quota_volumes` and related options. */
const QUOTA_DEFAULTS: Readonly<Record<QuotaResource, number>> = {
  volumes: 10,
  per_volume_gigabytes: -1,
  snapshots: 10,
  gigabytes: 1000,
  backups: 10,
  backup_gigabytes: 1000,
  groups: 10,
};

export const QUOTA_RESOURCES: readonly QuotaResource[] = Object.keys(QUOTA_DEFAULTS) as QuotaResource[];

type Tables = Pick<CatalogTables, "volumes" | "snapshots" | "backups" | "quotas">;

export async function defaultQuotas(
  { settings }: Pick<ServiceContext, "settings">,
  { quotas }: Pick<Tables, "quotas">,
): Promise<Readonly<Record<QuotaResource, number>>> {
  return { ...QUOTA_DEFAULTS, ...settings.quotas, ...(await quotas.defaults()) };
}

async function limitsOf(
  { settings }: Pick<ServiceContext, "settings">,
  { quotas }: Pick<Tables, "quotas">,
  projectId: string,
): Promise<Readonly<Record<QuotaResource, number>>> {
  return { ...QUOTA_DEFAULTS, ...settings.quotas, ...(await quotas.ofProject(projectId)) };
}

type Table = "volumes" | "snapshots" | "backups";

/** @param counted the tables of which resources are counted; the use of the others is 0 */
export async function usesOf(
  context: Pick<ServiceContext, "settings">,
  tables: Tables,
  projectId: string,
  counted: readonly Table[] = ["volumes", "snapshots", "backups"],
): Promise<QuotaUses> {
  const limits = await limitsOf(context, tables, projectId);
  const none = { count: 0, total: 0 };
  const tally = async (table: Table, count: () => Promise<typeof none>): Promise<typeof none> =>
    counted.includes(table) ? await count() : none;
  const volumes = await tally("volumes", () => tables.volumes.tally({ projectId }, "size", GIB));
  const snapshots = await tally("snapshots", () =>
    tables.snapshots.tally({ projectId, temporary: false }, "size", GIB),
  );
  const backups = await tally("backups", () => tables.backups.tally({ projectId }, "size"));
  const used: Readonly<Record<QuotaResource, number>> = {
    volumes: volumes.count,
    snapshots: snapshots.count,
    gigabytes: volumes.total + snapshots.total,
    backups: backups.count,
    backup_gigabytes: backups.total,
    per_volume_gigabytes: 0,
    groups: 0,
  };
  const uses = QUOTA_RESOURCES.map((resource) => [
    resource,
    { limit: limits[resource], used: used[resource] },
  ]);
  return Object.fromEntries(uses) as unknown as QuotaUses;
}

/** The amount that a request adds. */
export interface Demand {
  readonly kind: "volume" | "snapshot" | "backup" | "extension";
  /** GiB. */
  readonly size: number;
}

/** Called in the transaction that adds the rows. @throws QuotaError in the reference system's words */
export async function checkQuotas(
  context: ServiceContext,
  tables: Tables,
  { kind, size }: Demand,
  projectId: string = context.caller.projectId,
): Promise<void> {
  const counted = kind === "backup" ? (["backups"] as const) : (["volumes", "snapshots"] as const);
  const uses = await usesOf(context, tables, projectId, counted);
  const isOver = (resource: QuotaResource, more: number): boolean => {
    const { limit, used } = uses[resource];
    return limit >= 0 && used + more > limit;
  };
  const { gigabytes, backup_gigabytes: backupGigabytes, per_volume_gigabytes: perVolume } = uses;
  if (kind === "volume" && perVolume.limit >= 0 && size > perVolume.limit)
    throw new QuotaError(
      `VolumeSizeExceedsLimit: Requested volume size ${size} is larger than maximum allowed limit ${perVolume.limit}.`,
    );
  if (kind === "backup") {
    if (isOver("backup_gigabytes", size))
      throw new QuotaError(
        `VolumeBackupSizeExceedsAvailableQuota: Requested backup exceeds allowed Backup gigabytes quota. Requested ${size}G, quota is ${backupGigabytes.limit}G and ${backupGigabytes.used}G has been consumed.`,
      );
    if (isOver("backups", 1))
      throw new QuotaError(
        `BackupLimitExceeded: Maximum number of backups allowed (${uses.backups.limit}) exceeded`,
      );
    return;
  }
  if (isOver("gigabytes", size))
    throw new QuotaError(
      `VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested ${size}G, quota is ${gigabytes.limit}G and ${gigabytes.used}G has been consumed.`,
    );
  if (kind === "volume" && isOver("volumes", 1))
    throw new QuotaError(
      `VolumeLimitExceeded: Maximum number of volumes allowed (${uses.volumes.limit}) exceeded for quota 'volumes'.`,
    );
  if (kind === "snapshot" && isOver("snapshots", 1))
    throw new QuotaError(
      `SnapshotLimitExceeded: Maximum number of snapshots allowed (${uses.snapshots.limit}) exceeded`,
    );
}
