/** Backups in answers, by microversion. */
import type { BackupRow } from "../../catalog/backups.js";
import type { BackupWithDependents } from "../../service/requests.js";
import type { Call } from "../call.js";
import { publicText } from "../faults.js";
import { moment } from "./dates.js";
import { linksTo } from "./links.js";

export function backupSummary(call: Call, { id, name }: Pick<BackupRow, "id" | "name">): object {
  return { id, name, links: linksTo(call, "backups", id) };
}

export function backupDetail(call: Call, { backup, hasDependents }: BackupWithDependents): object {
  const { version } = call;
  const hasOwner = call.storage.allows("backup:backup_project_attribute");
  return {
    id: backup.id,
    status: backup.status,
    size: backup.size,
    object_count: backup.objectCount,
    availability_zone: backup.availabilityZone,
    container: backup.container,
    created_at: moment(backup.createdAt),
    updated_at: moment(backup.updatedAt),
    name: backup.name,
    description: backup.description,
    fail_reason: backup.failReason === null ? null : publicText(backup.failReason),
    volume_id: backup.volumeId,
    links: linksTo(call, "backups", backup.id),
    is_incremental: backup.parentId !== null,
    has_dependent_backups: hasDependents,
    snapshot_id: backup.snapshotId,
    data_timestamp: moment(backup.dataTimestamp),
    ...(version >= 18 && hasOwner && { "os-backup-project-attr:project_id": backup.projectId }),
    ...(version >= 43 && { metadata: backup.metadata }),
    ...(version >= 56 && hasOwner && { user_id: backup.userId }),
    ...(version >= 64 && backup.encryptionKeyId !== null && { encryption_key_id: backup.encryptionKeyId }),
  };
}
