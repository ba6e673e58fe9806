/**
 * The catalog's schema as a list of migration steps, written for SQLite. The catalog records the number of steps taken.
 * A released step is never changed; every change is another step.
 */

import { InvalidStateError } from "../errors.js";
import type { SqlDatabase, SqlSession } from "../ports.js";
import { readVersion, schemaStatement, writeVersion } from "./dialect.js";

type Migration = readonly string[];

const VOLUMES_AND_BACKUPS: Migration = [
  `CREATE TABLE volumes (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT,
    description TEXT,
    source TEXT UNIQUE,
    size INTEGER NOT NULL,
    status TEXT NOT NULL,
    previous_status TEXT,
    availability_zone TEXT,
    bootable INTEGER NOT NULL,
    encryption_key_id TEXT,
    volume_type_id TEXT,
    metadata TEXT NOT NULL,
    user_id TEXT,
    project_id TEXT,
    holder TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT
  ) STRICT`,
  "CREATE INDEX volumes_by_name ON volumes (name)",
  "CREATE INDEX volumes_by_age ON volumes (created_at, id)",
  `CREATE TABLE backups (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT,
    project_id TEXT,
    volume_id TEXT NOT NULL,
    host TEXT,
    availability_zone TEXT,
    container TEXT,
    parent_id TEXT,
    status TEXT NOT NULL,
    fail_reason TEXT,
    size INTEGER NOT NULL,
    name TEXT,
    description TEXT,
    service_metadata TEXT,
    service TEXT,
    object_count INTEGER NOT NULL,
    snapshot_id TEXT,
    data_timestamp TEXT,
    restore_volume_id TEXT,
    encryption_key_id TEXT,
    metadata TEXT NOT NULL,
    repository TEXT NOT NULL,
    volume_size INTEGER,
    stored_size INTEGER,
    manifest_sha256 TEXT,
    digest_table_sha256 TEXT,
    volume_metadata TEXT,
    holder TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT
  ) STRICT`,
  "CREATE INDEX backups_by_name ON backups (name)",
  "CREATE INDEX backups_by_age ON backups (created_at, id)",
  "CREATE INDEX backups_by_volume ON backups (volume_id)",
  "CREATE INDEX backups_by_parent ON backups (parent_id)",
];

/** AUTOINCREMENT, because the number of an operation that ended must not be reused. */
const OPERATIONS: Migration = [
  `CREATE TABLE operations (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    holder TEXT NOT NULL,
    slots INTEGER NOT NULL,
    memory INTEGER NOT NULL,
    backup_id TEXT,
    volume_id TEXT,
    cancel_reason TEXT,
    heartbeat_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    started_at TEXT,
    stage TEXT NOT NULL,
    bytes_done INTEGER NOT NULL,
    bytes_total INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL,
    bytes_per_second INTEGER NOT NULL
  ) STRICT`,
];

const SNAPSHOTS: Migration = [
  `CREATE TABLE snapshots (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT,
    description TEXT,
    volume_id TEXT NOT NULL,
    size INTEGER NOT NULL,
    status TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    temporary INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    user_id TEXT,
    project_id TEXT,
    holder TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT
  ) STRICT`,
  "CREATE INDEX snapshots_by_volume ON snapshots (volume_id)",
];

/** Existing backups may have stored something, hence the default of `has_container`. */
const PLACES: Migration = [
  "ALTER TABLE backups ADD COLUMN spare_prefix TEXT",
  "ALTER TABLE backups ADD COLUMN spare_parent_id TEXT",
  "ALTER TABLE backups ADD COLUMN has_container INTEGER NOT NULL DEFAULT 1",
];

/** Origins of volumes, and quotas and messages of projects. A quota of project `*` is the default of all. */
const PROJECTS: Migration = [
  "ALTER TABLE volumes ADD COLUMN snapshot_id TEXT",
  "ALTER TABLE volumes ADD COLUMN source_volume_id TEXT",
  "ALTER TABLE volumes ADD COLUMN is_read_only INTEGER",
  `CREATE TABLE quotas (
    project_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    hard_limit INTEGER NOT NULL,
    PRIMARY KEY (project_id, resource)
  ) STRICT`,
  `CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    action_id TEXT NOT NULL,
    detail_id TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
  ) STRICT`,
  "CREATE INDEX messages_by_project ON messages (project_id, created_at, id)",
];

const SNAPSHOT_PROGRESS: Migration = ["ALTER TABLE snapshots ADD COLUMN progress TEXT"];

/** Runs of plans, and what became of each volume. A run whose holder is null has ended. */
const BATCHES: Migration = [
  `CREATE TABLE batch_runs (
    id TEXT NOT NULL PRIMARY KEY,
    plan TEXT NOT NULL,
    status TEXT NOT NULL,
    holder TEXT,
    started_at TEXT NOT NULL,
    ended_at TEXT
  ) STRICT`,
  "CREATE INDEX batch_runs_by_plan ON batch_runs (plan, started_at)",
  `CREATE TABLE batch_items (
    run_id TEXT NOT NULL,
    source TEXT NOT NULL,
    status TEXT NOT NULL,
    is_incremental INTEGER,
    backup_id TEXT,
    volume_size INTEGER,
    stored_size INTEGER,
    duration_ms INTEGER,
    reason TEXT,
    ended_at TEXT NOT NULL,
    PRIMARY KEY (run_id, source)
  ) STRICT`,
];

/** Identities of repositories. */
const REPOSITORIES: Migration = [
  `CREATE TABLE repositories (
    url TEXT PRIMARY KEY,
    identity TEXT NOT NULL,
    container TEXT NOT NULL,
    updated_at TEXT NOT NULL
  ) STRICT`,
  "CREATE INDEX repositories_identity ON repositories (identity)",
];

const REFUSED_HINTS: Migration = ["ALTER TABLE backups ADD COLUMN hints_refused TEXT"];

/**
 * Operations that wait for a worker: the host that can run them, and what was asked for. The project and the repository
 * are for limits of their own.
 */
const QUEUE: Migration = [
  "ALTER TABLE operations ADD COLUMN host TEXT",
  "ALTER TABLE operations ADD COLUMN project_id TEXT",
  "ALTER TABLE operations ADD COLUMN repository TEXT",
  "ALTER TABLE operations ADD COLUMN request TEXT",
  `CREATE TABLE workers (
    holder TEXT NOT NULL PRIMARY KEY,
    host TEXT,
    version TEXT NOT NULL,
    capacity INTEGER NOT NULL,
    state TEXT NOT NULL,
    started_at TEXT NOT NULL,
    heartbeat_at TEXT NOT NULL
  ) STRICT`,
  `CREATE TABLE limits (
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    max_operations INTEGER,
    max_memory INTEGER,
    PRIMARY KEY (scope, name)
  ) STRICT`,
];

const LOCKS: Migration = [
  "ALTER TABLE backups ADD COLUMN lock_mode TEXT",
  "ALTER TABLE backups ADD COLUMN locked_until TEXT",
  "ALTER TABLE backups ADD COLUMN is_held INTEGER NOT NULL DEFAULT 0",
  "ALTER TABLE backups ADD COLUMN spare_locked_until TEXT",
];

const HISTORY: Migration = [
  `CREATE TABLE history_entries (
    repository TEXT NOT NULL,
    number INTEGER NOT NULL,
    history_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    backup_id TEXT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (repository, number)
  ) STRICT`,
  "CREATE INDEX history_entries_of_backups ON history_entries (repository, backup_id)",
];

const VERIFIED: Migration = [
  "ALTER TABLE backups ADD COLUMN verified_to INTEGER",
  "ALTER TABLE backups ADD COLUMN verified_at TEXT",
];

const MIGRATIONS: readonly Migration[] = [
  VOLUMES_AND_BACKUPS,
  OPERATIONS,
  SNAPSHOTS,
  PLACES,
  PROJECTS,
  SNAPSHOT_PROGRESS,
  BATCHES,
  REPOSITORIES,
  REFUSED_HINTS,
  QUEUE,
  LOCKS,
  HISTORY,
  VERIFIED,
];

/** The version of an up-to-date catalog. */
export const CATALOG_VERSION: number = MIGRATIONS.length;

/**
 * Takes the steps that the catalog lacks, each in its own transaction. Several processes may do so at once: the version
 * is read again once the write lock is held.
 * @throws InvalidStateError for a catalog that a newer program has changed, and for one that is to be changed while
 *   processes of an older version work with it
 */
export async function migrate(database: SqlDatabase, path?: string): Promise<void> {
  let version = await readVersion(database);
  if (version > 0 && version < CATALOG_VERSION) await database.requireAlone?.();
  while (version < CATALOG_VERSION) {
    version = await database.transaction(takeNextStep);
  }
  assertKnown(version, path);
}

async function takeNextStep(session: SqlSession): Promise<number> {
  const version = await readVersion(session);
  if (version >= CATALOG_VERSION) return version;
  for (const statement of MIGRATIONS[version]!) await session.run(schemaStatement(session, statement));
  await writeVersion(session, version + 1);
  return version + 1;
}

function assertKnown(version: number, path: string | undefined): void {
  if (version <= CATALOG_VERSION) return;
  const named = path === undefined ? "" : ` "${path}"`;
  throw new InvalidStateError(
    `Cannot open catalog${named} of version ${version}: this program knows versions up to ${CATALOG_VERSION}; use a newer one`,
  );
}
