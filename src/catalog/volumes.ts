/** The volumes of the catalog: what can be backed up when no volume service keeps track of volumes. */

import type { Clock, SqlSession } from "../ports.js";
import {
  type Columns,
  type ColumnType,
  columnsOf,
  date,
  flag,
  integer,
  nullable,
  text,
  type UserMetadata,
  userMetadata,
} from "./column.js";
import { type CatalogRow, Rows } from "./rows.js";
import { source } from "./source.js";

/** The status of a volume, as far as the catalog knows. */
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

/** A volume of the catalog: a name for a path that is backed up. */
export interface VolumeRow extends CatalogRow<VolumeStatus> {
  readonly description: string | null;
  /** Path of the volume's file or block device; null if it has none. No two volumes share one. */
  readonly source: string | null;
  /** Bytes. */
  readonly size: number;
  /** The status before an operation, or the failed operation's name after it, as in the reference system. */
  readonly previousStatus: string | null;
  readonly availabilityZone: string | null;
  readonly bootable: boolean;
  readonly encryptionKeyId: string | null;
  readonly volumeTypeId: string | null;
  /** The snapshot from whose data it was created. */
  readonly snapshotId: string | null;
  /** The volume from whose data it was created. */
  readonly sourceVolumeId: string | null;
  /** Whether users have asked for it to be attached read-only; null if nobody has decided. */
  readonly isReadOnly: boolean | null;
  readonly metadata: UserMetadata;
  readonly userId: string | null;
  readonly projectId: string | null;
}

type RequiredField = "id" | "status" | "size";

/** A volume to add; fields that are left out are null, false, empty, or the present time for `createdAt`. */
export type NewVolume = Pick<VolumeRow, RequiredField> & Partial<VolumeRow>;

const columnsOn = (host: string | undefined): Columns<VolumeRow> =>
  columnsOf<VolumeRow>({
    id: text(),
    name: nullable(text()),
    description: nullable(text()),
    source: nullable(source(host)),
    size: integer(),
    status: text<VolumeStatus>(),
    previousStatus: nullable(text()),
    availabilityZone: nullable(text()),
    bootable: flag(false),
    encryptionKeyId: nullable(text()),
    volumeTypeId: nullable(text()),
    snapshotId: nullable(text()),
    sourceVolumeId: nullable(text()),
    isReadOnly: nullable(flag()),
    metadata: userMetadata(),
    userId: nullable(text()),
    projectId: nullable(text()),
    holder: nullable(text()),
    createdAt: date(),
    updatedAt: nullable(date()),
  });

export class Volumes extends Rows<VolumeStatus, VolumeRow> {
  readonly #source: ColumnType<string>;

  /** @param host of this process, if the catalog is of several */
  constructor(session: SqlSession, clock: Clock, host?: string) {
    super(session, clock, { table: "volumes", noun: "volume", columns: columnsOn(host) });
    this.#source = source(host);
  }

  /** @throws InvalidStateError when the catalog has a volume with this ID or this source */
  async insert(volume: NewVolume): Promise<VolumeRow> {
    return await this.insertRow(volume);
  }

  async bySource(source: string): Promise<VolumeRow | undefined> {
    const [volume] = await this.select("source = ?", [this.#source.toSql(source)]);
    return volume;
  }

  /** Like `Rows.find`, but the path of a volume's source counts as its name, too. */
  override async find(idNameOrSource: string, within: Partial<VolumeRow> = {}): Promise<VolumeRow> {
    const parameters = [idNameOrSource, this.#source.toSql(idNameOrSource)];
    return await this.findWhere(idNameOrSource, { where: "name = ? OR source = ?", parameters, within });
  }
}
