import type { VolumeRow } from "../../catalog/volumes.js";
import { GIB } from "../../units.js";
import { type ListDescription, parseFlag } from "../query.js";
import { COMMON_FIELDS, COMMON_SORTS } from "./common.js";

/** Filters and orders of volumes. */
export const VOLUME_LIST: ListDescription<VolumeRow> = {
  filters: [
    ...["name", "status", "metadata", "bootable", "migration_status", "availability_zone", "group_id"],
    ...["size", "created_at", "updated_at", "consumes_quota"],
  ],
  fields: {
    ...COMMON_FIELDS,
    bootable: { field: "bootable", parse: parseFlag },
    availability_zone: { field: "availabilityZone" },
    size: { field: "size", parse: (text) => (/^\d+$/.test(text) ? Number(text) * GIB : undefined) },
    snapshot_id: { field: "snapshotId" },
    source_volid: { field: "sourceVolumeId" },
  },
  sorts: {
    ...COMMON_SORTS,
    availability_zone: "availabilityZone",
    bootable: "bootable",
  },
};
