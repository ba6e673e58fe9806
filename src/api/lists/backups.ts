import type { BackupRow } from "../../catalog/backups.js";
import type { ListDescription } from "../query.js";

/** Filters and orders of backups. */
export const BACKUP_LIST: ListDescription<BackupRow> = {
  filters: ["name", "status", "volume_id"],
  fields: {
    id: { field: "id" },
    name: { field: "name" },
    display_name: { field: "name" },
    description: { field: "description" },
    status: { field: "status" },
    volume_id: { field: "volumeId" },
    snapshot_id: { field: "snapshotId" },
    parent_id: { field: "parentId" },
    container: { field: "container" },
    availability_zone: { field: "availabilityZone" },
    size: { field: "size", parse: (text) => (/^\d+$/.test(text) ? Number(text) : undefined) },
    project_id: { field: "projectId" },
    user_id: { field: "userId" },
  },
  sorts: {
    id: "id",
    name: "name",
    // What the client of Cinder sends for `--sort name`.
    display_name: "name",
    status: "status",
    size: "size",
    availability_zone: "availabilityZone",
    created_at: "createdAt",
    updated_at: "updatedAt",
    data_timestamp: "dataTimestamp",
    volume_id: "volumeId",
    user_id: "userId",
  },
};
