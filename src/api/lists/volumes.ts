import type { VolumeRow } from "../../catalog/volumes.js";
import { GIB } from "../../units.js";
import { type ListDescription, parseFlag } from "../query.js";

/** Filters and orders of volumes. */
export const VOLUME_LIST: ListDescription<VolumeRow> = {
  filters: [
    ...["name", "status", "metadata", "bootable", "migration_status", "availability_zone", "group_id"],
    ...["size", "created_at", "updated_at", "consumes_quota"],
  ],
  fields: {
    id: { field: "id" },
    name: { field: "name" },
    display_name: { field: "name" },
    description: { field: "description" },
    status: { field: "status" },
    bootable: { field: "bootable", parse: parseFlag },
    availability_zone: { field: "availabilityZone" },
    size: { field: "size", parse: (text) => (/^\d+$/.test(text) ? Number(text) * GIB : undefined) },
    snapshot_id: { field: "snapshotId" },
    source_volid: { field: "sourceVolumeId" },
    project_id: { field: "projectId" },
    user_id: { field: "userId" },
  },
  sorts: {
    id: "id",
    name: "name",
    display_name: "name",
    status: "status",
    size: "size",
    availability_zone: "availabilityZone",
    bootable: "bootable",
    created_at: "createdAt",
    updated_at: "updatedAt",
  },
};
