/** The volumes of the catalog: what there is to back up where no volume service keeps account of it. */

import type { Clock, SqlSession } from "../ports.js";
import {
  type Columns,
  date,
  flag,
  integer,
  nullable,
  text,
  type UserMetadata,
  userMetadata,
} from "./column.js";
import { type CatalogRecord, Rows } from "./rows.js";

/** What is being done with a volume, as far as the catalog knows. */
export type VolumeStatus =
  | "creating"
  | "available"
  | "in-use"
  | "backing-up"
  | "restoring-backup"
  | "error"
  | "error_restoring"
  | "deleting"
  | "error_deleting"
  | "extending"
  | "error_extending"
  | "attaching"
  | "detaching"
  | "error_attaching"
  | "error_detaching"
  | "maintenance"
  | "managing"
  | "error_managing"
  | "reserved"
  | "uploading"
  | "downloading"
  | "retyping";

/** A volume as the catalog knows it: a name for a path that backups are made of. */
export interface VolumeRecord extends CatalogRecord<VolumeStatus> {
  readonly description: string | null;
  /** Path of the file or block device that it is; null when it has none. No two volumes share one. */
  readonly source: string | null;
  /** Bytes. */
  readonly size: number;
  /** The status before an operation, or the failed operation's name after it, as the reference system has it. */
  readonly previousStatus: string | null;
  readonly availabilityZone: string | null;
  readonly bootable: boolean;
  readonly encryptionKeyId: string | null;
  readonly volumeTypeId: string | null;
  /** The snapshot whose data it began with. */
  readonly snapshotId: string | null;
  /** The volume whose data it began with. */
  readonly sourceVolumeId: string | null;
  /** Whether users have asked that it be attached for reading only; null while nobody has. */
  readonly isReadOnly: boolean | null;
  readonly metadata: UserMetadata;
  readonly userId: string | null;
  readonly projectId: string | null;
}

type RequiredField = "id" | "status" | "size";

/** A volume to add; fields that are left out are null, false, empty, or the present time for `createdAt`. */
export type NewVolume = Pick<VolumeRecord, RequiredField> & Partial<VolumeRecord>;

const COLUMNS: Columns<VolumeRecord> = {
  id: text("id"),
  name: nullable(text("name")),
  description: nullable(text("description")),
  source: nullable(text("source")),
  size: integer("size"),
  status: text<VolumeStatus>("status"),
  previousStatus: nullable(text("previous_status")),
  availabilityZone: nullable(text("availability_zone")),
  bootable: flag("bootable"),
  encryptionKeyId: nullable(text("encryption_key_id")),
  volumeTypeId: nullable(text("volume_type_id")),
  snapshotId: nullable(text("snapshot_id")),
  sourceVolumeId: nullable(text("source_volume_id")),
  isReadOnly: nullable(flag("is_read_only")),
  metadata: userMetadata("metadata"),
  userId: nullable(text("user_id")),
  projectId: nullable(text("project_id")),
  holder: nullable(text("holder")),
  createdAt: date("created_at"),
  updatedAt: nullable(date("updated_at")),
};

const BLANK: Omit<VolumeRecord, RequiredField | "createdAt"> = {
  name: null,
  description: null,
  source: null,
  previousStatus: null,
  availabilityZone: null,
  bootable: false,
  encryptionKeyId: null,
  volumeTypeId: null,
  snapshotId: null,
  sourceVolumeId: null,
  isReadOnly: null,
  metadata: {},
  userId: null,
  projectId: null,
  holder: null,
  updatedAt: null,
};

export class Volumes extends Rows<VolumeStatus, VolumeRecord> {
  constructor(session: SqlSession, clock: Clock) {
    super(session, clock, { table: "volumes", noun: "volume", columns: COLUMNS });
  }

  /** @throws InvalidStateError when a volume with this ID or this source is there */
  async insert(volume: NewVolume): Promise<VolumeRecord> {
    return await this.insertRecord({ ...BLANK, createdAt: this.now, ...volume });
  }

  async bySource(source: string): Promise<VolumeRecord | undefined> {
    const [volume] = await this.select("source = ?", [source]);
    return volume;
  }

  /** Like `Rows.find`, where the path of a volume's source counts as its name. */
  override async find(idNameOrSource: string, within: Partial<VolumeRecord> = {}): Promise<VolumeRecord> {
    const parameters = [idNameOrSource, idNameOrSource];
    return await this.findWhere(idNameOrSource, { where: "name = ? OR source = ?", parameters, within });
  }
}
