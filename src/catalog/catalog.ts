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
import { KnownRepositories } from "./known-repositories.js";
import { Messages } from "./messages.js";
import { Operations } from "./operations.js";
import { Quotas } from "./quotas.js";
import { Snapshots } from "./snapshots.js";
import { Volumes } from "./volumes.js";

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
  readonly #database: SqlDatabase;
  readonly #clock: Clock;
  readonly #host: string | undefined;

  /** @param host of this process, if the catalog is of several */
  constructor(database: SqlDatabase, clock: Clock, host?: string) {
    this.#database = database;
    this.#clock = clock;
    this.#host = host;
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
  }

  /**
   * Runs `work` in one transaction, isolated from changes by other processes: all of its changes happen, or none when
   * it rejects. Inside it, only the tables passed to `work` may be used.
   */
  async transaction<T>(work: (tables: CatalogTables) => Promise<T>): Promise<T> {
    return await this.#database.transaction((session) => work(tablesOf(session, this.#clock, this.#host)));
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
  };
}
