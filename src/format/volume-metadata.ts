/**
 * Volume metadata (`volume_meta` in the manifest, format.md §6): the volume's own description, as JSON text inside
 * the manifest's JSON. The reference system puts it back on the restored volume.
 */
import { dumps, type JsonValue } from "./python-json.js";

export interface VolumeDescription {
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  /** GiB. */
  readonly size: number;
  readonly status: string;
  readonly bootable: boolean;
  readonly availabilityZone: string | null;
  readonly encryptionKeyId: string | null;
  readonly userId: string | null;
  readonly projectId: string | null;
  readonly createdAt: Date;
  readonly userMetadata: Readonly<Record<string, string>>;
}

/** The layout's version that carries the encryption key's id; the reference system's default. */
const METADATA_VERSION = 2;

export function printVolumeMetadata(volume: VolumeDescription): string {
  const fields: Record<string, JsonValue> = {
    version: METADATA_VERSION,
    "volume-base-metadata": {
      id: volume.id,
      size: volume.size,
      status: volume.status,
      display_name: volume.name,
      display_description: volume.description,
      availability_zone: volume.availabilityZone,
      encryption_key_id: volume.encryptionKeyId,
      volume_type_id: null,
      bootable: volume.bootable,
      user_id: volume.userId,
      project_id: volume.projectId,
      // Six digits and no zone: how the reference system prints a column, unlike the manifest's own `created_at`.
      created_at: `${volume.createdAt.toISOString().slice(0, -1)}000`,
    },
  };
  if (Object.keys(volume.userMetadata).length > 0) fields["volume-metadata"] = { ...volume.userMetadata };
  return dumps(fields);
}

/** What can be learned of a volume from metadata text that anyone may have written. */
export interface KnownVolume {
  readonly name: string | undefined;
  /** GiB. */
  readonly size: number | undefined;
}

/** Never fails: what is not there, or not of the right type, is undefined. */
export function readVolumeMetadata(volumeMetadata: string | null): KnownVolume {
  const { display_name: name, size } = baseFields(volumeMetadata);
  return {
    name: typeof name === "string" && name !== "" ? name : undefined,
    size: typeof size === "number" && Number.isSafeInteger(size) && size > 0 ? size : undefined,
  };
}

function baseFields(volumeMetadata: string | null): {
  readonly display_name?: unknown;
  readonly size?: unknown;
} {
  try {
    const fields = JSON.parse(volumeMetadata ?? "null") as Record<string, object | undefined> | null;
    return fields?.["volume-base-metadata"] ?? {};
  } catch {
    return {};
  }
}
