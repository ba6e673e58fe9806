/** The backups of the catalog: the fields of the reference system's row, and Ashlar's own. */

import type { Clock, SqlSession } from "../ports.js";
import {
  type Columns,
  columnsOf,
  cutText,
  date,
  flag,
  integer,
  nullable,
  text,
  type UserMetadata,
  userMetadata,
} from "./column.js";
import { marksOf, partsOf } from "./id-list.js";
import { type CatalogRow, Rows } from "./rows.js";

/** The states of a backup that has not been deleted. */
export const LIVE_BACKUP_STATUSES = [
  "creating",
  "available",
  "restoring",
  "consolidating",
  "deleting",
  "error",
  "error_deleting",
] as const;

export type BackupStatus = (typeof LIVE_BACKUP_STATUSES)[number] | "deleted";

export interface BackupRow extends CatalogRow<BackupStatus> {
  readonly userId: string | null;
  readonly projectId: string | null;
  readonly volumeId: string;
  readonly host: string | null;
  readonly availabilityZone: string | null;
  readonly container: string | null;
  /** The backup that this one was diffed against; it need not be in the catalog. */
  readonly parentId: string | null;
  /** Cut to 255 characters. */
  readonly failReason: string | null;
  /** GiB of the volume, rounded up, also for an incremental. */
  readonly size: number;
  readonly description: string | null;
  /** Prefix of the names of its objects. */
  readonly serviceMetadata: string | null;
  /**
   * Prefix in the same container of objects that are not the backup: those that a consolidation is making, or those
   * that it has replaced.
   */
  readonly sparePrefix: string | null;
  /** The parent before the consolidation, until the replaced objects are removed. */
  readonly spareParentId: string | null;
  /** Whether its container was created; until then none of its objects can be stored. */
  readonly hasContainer: boolean;
  /** The reference system's driver class path. */
  readonly service: string | null;
  /** Data objects, without manifest and digest table. */
  readonly objectCount: number;
  readonly snapshotId: string | null;
  /** The time of the data it holds. */
  readonly dataTimestamp: Date | null;
  readonly restoreVolumeId: string | null;
  readonly encryptionKeyId: string | null;
  readonly metadata: UserMetadata;
  /** URL of the repository that contains its objects. */
  readonly repository: string;
  /** Bytes of the volume; null when unknown, as after an import. */
  readonly volumeSize: number | null;
  /** Bytes that its objects take up; null when unknown. */
  readonly storedSize: number | null;
  /** SHA-256 of the stored manifest in hexadecimal: the format itself has no digest of it. */
  readonly manifestSha256: string | null;
  /** SHA-256 of the stored digest table in hexadecimal. */
  readonly digestTableSha256: string | null;
  /** The manifest's `volume_meta`, unparsed. */
  readonly volumeMetadata: string | null;
  /** Why hints about changes or holes were not used; null if there were none, or they were used. */
  readonly hintsRefused: string | null;
  /** How its objects are locked; `advisory` where only Ashlar keeps to it. Null for a backup that was never locked. */
  readonly lockMode: BackupLockMode | null;
  /** The end of its objects' lock, which backups based on it extend. */
  readonly lockedUntil: Date | null;
  /** Whether its objects stay until a hold is released. */
  readonly isHeld: boolean;
  /** When the objects under its spare prefix may be removed; null if they are not locked. */
  readonly spareLockedUntil: Date | null;
  /** Byte offset in the volume to which verifications in parts have come; null between two rounds. */
  readonly verifiedTo: number | null;
  /** When a round of verifications in parts was last complete. */
  readonly verifiedAt: Date | null;
}

export type BackupLockMode = "advisory" | "compliance" | "governance";

type RequiredField = "id" | "volumeId" | "status" | "size" | "repository";

/** A backup to add; fields that are left out are null, 0, empty, or the present time for `createdAt`. */
export type NewBackup = Pick<BackupRow, RequiredField> & Partial<BackupRow>;

/** `fail_reason` is 255 characters wide in the reference system. */
const FAIL_REASON_LENGTH = 255;

const COLUMNS: Columns<BackupRow> = columnsOf<BackupRow>({
  id: text(),
  userId: nullable(text()),
  projectId: nullable(text()),
  volumeId: text(),
  host: nullable(text()),
  availabilityZone: nullable(text()),
  container: nullable(text()),
  parentId: nullable(text()),
  status: text<BackupStatus>(),
  failReason: nullable(cutText(FAIL_REASON_LENGTH)),
  size: integer(),
  name: nullable(text()),
  description: nullable(text()),
  serviceMetadata: nullable(text()),
  sparePrefix: nullable(text()),
  spareParentId: nullable(text()),
  hasContainer: flag(true),
  service: nullable(text()),
  objectCount: integer(0),
  snapshotId: nullable(text()),
  dataTimestamp: nullable(date()),
  restoreVolumeId: nullable(text()),
  encryptionKeyId: nullable(text()),
  metadata: userMetadata(),
  repository: text(),
  volumeSize: nullable(integer()),
  storedSize: nullable(integer()),
  manifestSha256: nullable(text()),
  digestTableSha256: nullable(text()),
  volumeMetadata: nullable(text()),
  hintsRefused: nullable(text()),
  lockMode: nullable(text<BackupLockMode>()),
  lockedUntil: nullable(date()),
  isHeld: flag(false),
  spareLockedUntil: nullable(date()),
  verifiedTo: nullable(integer()),
  verifiedAt: nullable(date()),
  holder: nullable(text()),
  createdAt: date(),
  updatedAt: nullable(date()),
});

export interface ParentCandidates {
  /** Only backups of this project. */
  readonly projectId?: string | undefined;
  /** Only backups whose data is older than this. */
  readonly before?: Date | undefined;
}

export class Backups extends Rows<BackupStatus, BackupRow> {
  readonly #session: SqlSession;

  constructor(session: SqlSession, clock: Clock) {
    super(session, clock, { table: "backups", noun: "backup", columns: COLUMNS });
    this.#session = session;
  }

  /** Like `Rows.findShort`; also, `latest` is the newest available backup. */
  override async findShort(given: string, within: Partial<BackupRow> = {}): Promise<BackupRow> {
    const [latest] =
      given === "latest" ? await this.list({ ...within, status: "available" }, { limit: 1 }) : [];
    return latest ?? (await super.findShort(given, within));
  }

  /** @throws InvalidStateError when the catalog has a backup with this ID */
  async insert(backup: NewBackup): Promise<BackupRow> {
    return await this.insertRow(backup);
  }

  /**
   * Backups based on backup `id` that are not deleted, whatever their status, newest first. A backup depends on its
   * parent; while readers of its old objects remain, it also depends on its former parent.
   */
  async dependentsOf(id: string): Promise<BackupRow[]> {
    return await this.select("(parent_id = ? OR spare_parent_id = ?) AND status <> 'deleted'", [id, id]);
  }

  async hasDependents(id: string): Promise<boolean> {
    return (await this.dependentsOf(id)).length > 0;
  }

  /** Those of the backups `ids` that have dependents. One statement for each thousand of them. */
  async withDependents(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const part of partsOf(ids)) {
      const marks = marksOf(part);
      const rows = await this.#session.all(
        `SELECT parent_id AS base FROM backups WHERE status <> 'deleted' AND parent_id IN (${marks})
          UNION SELECT spare_parent_id FROM backups WHERE status <> 'deleted' AND spare_parent_id IN (${marks})`,
        [...part, ...part],
      );
      for (const { base } of rows) found.add(base as string);
    }
    return found;
  }

  /** The parent of every backup, by ID. */
  async parents(): Promise<ReadonlyMap<string, string | null>> {
    const rows = await this.#session.all("SELECT id, parent_id FROM backups");
    return new Map(rows.map((row) => [row.id as string, row.parent_id as string | null]));
  }

  /** The parents of these backups and of all that they are based on, by ID. One statement for each thousand. */
  async parentsInChainsOf(ids: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    const parents = new Map<string, string | null>();
    for (const part of partsOf(ids)) {
      // UNION ends where parents go round in a circle.
      const rows = await this.#session.all(
        `WITH RECURSIVE chain (id, parent_id) AS (
          SELECT id, parent_id FROM backups WHERE id IN (${marksOf(part)})
          UNION SELECT base.id, base.parent_id FROM backups base JOIN chain ON base.id = chain.parent_id)
          SELECT id, parent_id FROM chain`,
        part,
      );
      for (const row of rows) parents.set(row.id as string, row.parent_id as string | null);
    }
    return parents;
  }

  /** Backups that no process works on, and whose spare prefix has objects that are not locked. */
  async withSpare(): Promise<BackupRow[]> {
    return await this.select(
      "spare_prefix IS NOT NULL AND holder IS NULL AND status <> 'deleting' AND (spare_locked_until IS NULL OR spare_locked_until < ?)",
      [this.now.toISOString()],
    );
  }

  /**
   * The available backup of the volume in the repository with the latest data: the parent of the next incremental.
   * Undated data is as old as its backup.
   */
  async latestAvailable(
    volumeId: string,
    repository: string,
    candidates: ParentCandidates = {},
  ): Promise<BackupRow | undefined> {
    // A consolidation does not matter, because it does not change the digests.
    const conditions = ["volume_id = ?", "repository = ?", "status IN ('available', 'consolidating')"];
    const parameters = [volumeId, repository];
    if (candidates.projectId !== undefined) {
      conditions.push("project_id = ?");
      parameters.push(candidates.projectId);
    }
    if (candidates.before !== undefined) {
      conditions.push("COALESCE(data_timestamp, created_at) < ?");
      parameters.push(candidates.before.toISOString());
    }
    const [latest] = await this.select(
      conditions.join(" AND "),
      parameters,
      "ORDER BY COALESCE(data_timestamp, created_at) DESC, created_at DESC, id DESC LIMIT 1",
    );
    return latest;
  }
}
