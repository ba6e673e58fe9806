/** Snapshots in answers, by microversion. */
import type { SnapshotRow } from "../../catalog/snapshots.js";
import { gibOf } from "../../units.js";
import type { Call } from "../call.js";
import { moment } from "./dates.js";

/** As creation, update and the short list answer. */
export function snapshotView({ version }: Call, snapshot: SnapshotRow): object {
  return {
    id: snapshot.id,
    created_at: moment(snapshot.createdAt),
    updated_at: moment(snapshot.updatedAt),
    name: snapshot.name,
    description: snapshot.description,
    volume_id: snapshot.volumeId,
    status: snapshot.status,
    size: gibOf(snapshot.size),
    metadata: snapshot.metadata,
    ...(version >= 14 && { group_snapshot_id: null }),
    ...(version >= 41 && { user_id: snapshot.userId }),
    ...(version >= 65 && { consumes_quota: true }),
  };
}

/** As a snapshot is shown and listed in detail. */
export function snapshotDetail(call: Call, snapshot: SnapshotRow): object {
  return {
    ...snapshotView(call, snapshot),
    ...(call.storage.allows("snapshot_extension:extended_snapshot_attributes") && {
      "os-extended-snapshot-attributes:project_id": snapshot.projectId,
      "os-extended-snapshot-attributes:progress":
        snapshot.progress ?? (snapshot.status === "available" ? "100%" : "0%"),
    }),
  };
}
