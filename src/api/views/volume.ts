/** Volumes in answers, by microversion. */
import type { VolumeRow } from "../../catalog/volumes.js";
import { gibOf } from "../../units.js";
import type { Call } from "../call.js";
import { backendOf } from "./backend.js";
import { moment } from "./dates.js";
import { linksTo } from "./links.js";
import { VOLUME_TYPE } from "./volume-type.js";

export function volumeSummary(call: Call, { id, name }: VolumeRow): object {
  return { id, name, links: linksTo(call, "volumes", id) };
}

/** As creation and update answer. */
export function volumeView(call: Call, volume: VolumeRow): object {
  const { version } = call;
  return {
    id: volume.id,
    status: volume.status,
    size: gibOf(volume.size),
    availability_zone: volume.availabilityZone,
    created_at: moment(volume.createdAt),
    updated_at: moment(volume.updatedAt),
    name: volume.name,
    description: volume.description,
    volume_type: VOLUME_TYPE.name,
    snapshot_id: volume.snapshotId,
    source_volid: volume.sourceVolumeId,
    metadata: shownMetadata(volume),
    links: linksTo(call, "volumes", volume.id),
    user_id: volume.userId,
    bootable: String(volume.bootable),
    encrypted: volume.encryptionKeyId !== null,
    replication_status: null,
    consistencygroup_id: null,
    multiattach: false,
    attachments: [],
    migration_status: null,
    ...(version >= 13 && { group_id: null }),
    ...(version >= 21 && call.storage.allows("context_is_admin") && { provider_id: null }),
    ...(version >= 48 && { shared_targets: false, service_uuid: null }),
    ...(version >= 61 && call.storage.allows("context_is_admin") && { cluster_name: null }),
    ...(version >= 63 && { volume_type_id: VOLUME_TYPE.id }),
    ...(version >= 64 && volume.encryptionKeyId !== null && { encryption_key_id: volume.encryptionKeyId }),
    ...(version >= 65 && { consumes_quota: true }),
  };
}

/** As a volume is shown and listed. */
export function volumeDetail(call: Call, volume: VolumeRow): object {
  return {
    ...volumeView(call, volume),
    ...(call.storage.allows("volume_extension:volume_tenant_attribute") && {
      "os-vol-tenant-attr:tenant_id": volume.projectId,
    }),
    ...(call.storage.allows("volume_extension:volume_mig_status_attribute") && {
      "os-vol-mig-status-attr:migstat": null,
      "os-vol-mig-status-attr:name_id": null,
    }),
    ...(call.storage.allows("volume_extension:volume_host_attribute") && {
      "os-vol-host-attr:host": backendOf(call.identity),
    }),
  };
}

/** The flag for reading only is metadata that users see and do not set. */
export function shownMetadata({ metadata, isReadOnly }: VolumeRow): Readonly<Record<string, string>> {
  return isReadOnly === null ? metadata : { ...metadata, readonly: isReadOnly ? "True" : "False" };
}
