/**
 * Volume metadata (`volume_meta` in the manifest, format.md §6): the volume's own description, as JSON text inside
 * the manifest's JSON. The reference system applies it to the restored volume.
 */
import { dumps, type JsonValue } from "./python-json.js";

/** Properties of the volume that a manifest may record. */
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

/** The version of the layout that has the encryption key's id; the reference system's default. */
const METADATA_VERSION = 2;

/** The JSON text of a manifest's `volumeMetadata`, as the reference system writes it. */
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
      // Six digits and no zone, as the reference system prints a column, unlike the manifest's own `created_at`.
      created_at: `${volume.createdAt.toISOString().slice(0, -1)}000`,
    },
  };
  if (Object.keys(volume.userMetadata).length > 0) fields["volume-metadata"] = { ...volume.userMetadata };
  return dumps(fields);
}

/** Properties of a volume that are known from untrusted metadata text. */
export interface KnownVolume {
  readonly name: string | undefined;
  readonly description: string | undefined;
  /** GiB. */
  readonly size: number | undefined;
  readonly bootable: boolean;
  readonly encryptionKeyId: string | undefined;
  readonly userId: string | undefined;
  readonly projectId: string | undefined;
  /** `undefined` if none was recorded. */
  readonly userMetadata: Readonly<Record<string, string>> | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Never fails: a missing property, or one of the wrong type, is undefined. Version 1 has no encryption key's id; in an
 * unknown version only the size is trusted.
 */
export function readVolumeMetadata(volumeMetadata: string | null): KnownVolume {
  const fields = parseFields(volumeMetadata);
  const base = objectIn(fields["volume-base-metadata"]) ?? {};
  const { version } = fields;
  const isKnown = version === undefined || version === 1 || version === METADATA_VERSION;
  const trusted = isKnown ? base : {};
  const { size } = base;
  return {
    name: textIn(trusted.display_name),
    description: textIn(trusted.display_description),
    size: typeof size === "number" && Number.isSafeInteger(size) && size > 0 ? size : undefined,
    // Image metadata is recorded only for bootable volumes.
    bootable: isKnown && (trusted.bootable === true || fields["volume-glance-metadata"] !== undefined),
    encryptionKeyId: version === 1 ? undefined : textIn(trusted.encryption_key_id),
    userId: textIn(trusted.user_id),
    projectId: textIn(trusted.project_id),
    userMetadata: isKnown ? textsIn(fields["volume-metadata"]) : undefined,
  };
}

function parseFields(volumeMetadata: string | null): Fields {
  try {
    return objectIn(JSON.parse(volumeMetadata ?? "null")) ?? {};
  } catch {
    return {};
  }
}

function objectIn(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function textIn(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function textsIn(value: unknown): Readonly<Record<string, string>> | undefined {
  const fields = objectIn(value);
  if (fields === undefined) return undefined;
  const texts = Object.entries(fields).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(texts);
}
