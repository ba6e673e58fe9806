import type { SnapshotRow } from "../../catalog/snapshots.js";
import type { ListDescription } from "../query.js";
import { COMMON_FIELDS, COMMON_SORTS } from "./common.js";

/** Filters and orders of snapshots. */
export const SNAPSHOT_LIST: ListDescription<SnapshotRow> = {
  filters: ["name", "status", "volume_id", "metadata", "availability_zone", "consumes_quota"],
  fields: {
    ...COMMON_FIELDS,
    volume_id: { field: "volumeId" },
  },
  sorts: {
    ...COMMON_SORTS,
    volume_id: "volumeId",
  },
};
