import type { SnapshotRow } from "../../catalog/snapshots.js";
import type { ListDescription } from "../query.js";

/** Filters and orders of snapshots. */
export const SNAPSHOT_LIST: ListDescription<SnapshotRow> = {
  filters: ["name", "status", "volume_id", "metadata", "availability_zone", "consumes_quota"],
  fields: {
    id: { field: "id" },
    name: { field: "name" },
    display_name: { field: "name" },
    description: { field: "description" },
    status: { field: "status" },
    volume_id: { field: "volumeId" },
    project_id: { field: "projectId" },
    user_id: { field: "userId" },
  },
  sorts: {
    id: "id",
    name: "name",
    display_name: "name",
    status: "status",
    size: "size",
    volume_id: "volumeId",
    created_at: "createdAt",
    updated_at: "updatedAt",
  },
};
