/** The snapshots of the catalog: frozen views of volumes, which backups read while the volume stays in use. */
import type { Clock, SqlSession } from "../ports.js";
import {
  type Columns,
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

export type SnapshotStatus =
  | "creating"
  | "available"
  | "backing-up"
  | "deleting"
  | "error"
  | "error_deleting";

/** How the view was made, which determines how it is removed: `registered` views are not Ashlar's to remove. */
export type SnapshotKind = "reflink" | "lvm" | "registered";

export interface SnapshotRow extends CatalogRow<SnapshotStatus> {
  readonly description: string | null;
  readonly volumeId: string;
  /** Bytes. */
  readonly size: number;
  readonly kind: SnapshotKind;
  /** Path of the view's file or device. */
  readonly source: string;
  /** Whether it was made for one backup, and is removed when that ends. */
  readonly temporary: boolean;
  /** A percentage if a caller has set one; else null. */
  readonly progress: string | null;
  readonly metadata: UserMetadata;
  readonly userId: string | null;
  readonly projectId: string | null;
}

type RequiredField = "id" | "volumeId" | "status" | "size" | "kind" | "source";
export type NewSnapshot = Pick<SnapshotRow, RequiredField> & Partial<SnapshotRow>;

const columnsOn = (host: string | undefined): Columns<SnapshotRow> =>
  columnsOf<SnapshotRow>({
    id: text(),
    name: nullable(text()),
    description: nullable(text()),
    volumeId: text(),
    size: integer(),
    status: text<SnapshotStatus>(),
    kind: text<SnapshotKind>(),
    source: source(host),
    temporary: flag(false),
    progress: nullable(text()),
    metadata: userMetadata(),
    userId: nullable(text()),
    projectId: nullable(text()),
    holder: nullable(text()),
    createdAt: date(),
    updatedAt: nullable(date()),
  });

export class Snapshots extends Rows<SnapshotStatus, SnapshotRow> {
  /** @param host of this process, if the catalog is of several */
  constructor(session: SqlSession, clock: Clock, host?: string) {
    super(session, clock, { table: "snapshots", noun: "snapshot", columns: columnsOn(host) });
  }

  /** @throws InvalidStateError when the catalog has a snapshot with this ID */
  async insert(snapshot: NewSnapshot): Promise<SnapshotRow> {
    return await this.insertRow(snapshot);
  }
}
