import type { BackupRow } from "../../catalog/backups.js";
import type { ListDescription } from "../query.js";
import { COMMON_FIELDS, COMMON_SORTS } from "./common.js";

/** Filters and orders of backups. */
export const BACKUP_LIST: ListDescription<BackupRow> = {
  filters: ["name", "status", "volume_id"],
  fields: {
    ...COMMON_FIELDS,
    volume_id: { field: "volumeId" },
    snapshot_id: { field: "snapshotId" },
    parent_id: { field: "parentId" },
    container: { field: "container" },
    availability_zone: { field: "availabilityZone" },
    size: { field: "size", parse: (text) => (/^\d+$/.test(text) ? Number(text) : undefined) },
  },
  sorts: {
    ...COMMON_SORTS,
    availability_zone: "availabilityZone",
    data_timestamp: "dataTimestamp",
    volume_id: "volumeId",
    user_id: "userId",
  },
};
