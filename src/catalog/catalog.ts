/**
 * The catalog: an index of volumes and backups in one SQLite database, shared by all processes that open it.
 *
 * It is an index, not the truth: all that a restore needs is in the backup's objects, and a catalog can be rebuilt from
 * them. Only the present state exists in the catalog alone: statuses, operations, and names given later.
 */

import type { Clock, SqlDatabase, SqlSession } from "../ports.js";
import { Backups } from "./backups.js";
import { BatchItems } from "./batch-items.js";
import { BatchRuns } from "./batch-runs.js";
import { HistoryEntries } from "./history-entries.js";
import { KnownRepositories } from "./known-repositories.js";
import { Messages } from "./messages.js";
import { Operations, QUEUE_CHANNEL } from "./operations.js";
import { Quotas } from "./quotas.js";
import { ScopedLimits } from "./scoped-limits.js";
import { Snapshots } from "./snapshots.js";
import { Volumes } from "./volumes.js";
import { Workers } from "./workers.js";

export interface CatalogTables {
  readonly volumes: Volumes;
  readonly backups: Backups;
  readonly operations: Operations;
  readonly snapshots: Snapshots;
  readonly quotas: Quotas;
  readonly messages: Messages;
  readonly batchRuns: BatchRuns;
  readonly batchItems: BatchItems;
  readonly repositories: KnownRepositories;
  readonly workers: Workers;
  readonly limits: ScopedLimits;
  readonly history: HistoryEntries;
}

/** The index of volumes, snapshots and backups: a set of tables in one database, opened by `openCatalog`. */
export class Catalog implements CatalogTables {
  readonly volumes: Volumes;
  readonly backups: Backups;
  readonly operations: Operations;
  readonly snapshots: Snapshots;
  readonly quotas: Quotas;
  readonly messages: Messages;
  readonly batchRuns: BatchRuns;
  readonly batchItems: BatchItems;
  readonly repositories: KnownRepositories;
  readonly workers: Workers;
  readonly limits: ScopedLimits;
  readonly history: HistoryEntries;
  readonly #database: SqlDatabase;
  readonly #clock: Clock;
  /** Name of this host, if processes of several share the catalog. */
  readonly host: string | undefined;

  /** @param host of this process, if the catalog is of several */
  constructor(database: SqlDatabase, clock: Clock, host?: string) {
    this.#database = database;
    this.#clock = clock;
    this.host = host;
    const tables = tablesOf(database, clock, host);
    this.volumes = tables.volumes;
    this.backups = tables.backups;
    this.operations = tables.operations;
    this.snapshots = tables.snapshots;
    this.quotas = tables.quotas;
    this.messages = tables.messages;
    this.batchRuns = tables.batchRuns;
    this.batchItems = tables.batchItems;
    this.repositories = tables.repositories;
    this.workers = tables.workers;
    this.limits = tables.limits;
    this.history = tables.history;
  }

  /**
   * Runs `work` in one transaction, isolated from changes by other processes: all of its changes happen, or none when
   * it rejects. Inside it, only the tables passed to `work` may be used.
   */
  async transaction<T>(work: (tables: CatalogTables) => Promise<T>): Promise<T> {
    return await this.#database.transaction((session) => work(tablesOf(session, this.#clock, this.host)));
  }

  /**
   * Calls `listener` when operations have been queued or have ended, in any process, until the returned function is
   * called. Notices may be missing: a database without them never calls it.
   */
  async onQueueNotice(listener: () => void): Promise<() => void> {
    return (await this.#database.listen?.(QUEUE_CHANNEL, listener)) ?? (() => undefined);
  }

  /** Closes the database too. */
  async close(): Promise<void> {
    await this.#database.close();
  }
}

function tablesOf(session: SqlSession, clock: Clock, host: string | undefined): CatalogTables {
  return {
    volumes: new Volumes(session, clock, host),
    backups: new Backups(session, clock),
    operations: new Operations(session, clock),
    snapshots: new Snapshots(session, clock, host),
    quotas: new Quotas(session),
    messages: new Messages(session, clock),
    batchRuns: new BatchRuns(session),
    batchItems: new BatchItems(session),
    repositories: new KnownRepositories(session, clock),
    workers: new Workers(session, clock),
    limits: new ScopedLimits(session),
    history: new HistoryEntries(session),
  };
}
