/**
 * The PostgreSQL adapter for the `SqlDatabase` port.
 *
 * Every change first takes one advisory lock, which its transaction holds to its end. So changes come one after the
 * other, as in SQLite, and each statement sees all changes before it: under READ COMMITTED its snapshot is taken after
 * the lock. SERIALIZABLE would need repetitions of transactions that overlap, and admission in the order of arrival
 * makes nearly all of them overlap. The lock is the schema's own, so that several catalogs can share a database.
 *
 * Reads outside of a transaction take no lock and have a read-only connection of their own.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { CatalogLocation } from "../../catalog/location.js";
import { InvalidStateError, StorageError, UsageError } from "../../errors.js";
import type { Clock, SqlDatabase, SqlDialect, SqlRow, SqlSession, SqlValue } from "../../ports.js";
import { TransactionSession } from "../sql/transaction-session.js";
import { assertSqlValues } from "../sql/values.js";
import { PostgresConnection } from "./connection.js";
import { isTemporary, Lane } from "./lane.js";
import { PostgresPresence, PRESENCE_TABLE } from "./presence.js";
import { ServerClock } from "./server-clock.js";

/** "ASHL" in ASCII; the second half of the lock's key is the schema. */
const LOCK_CLASS = 0x4153484c;
/** Debian's and Red Hat's oldest that is still maintained. */
const VERSION_MIN = 13;
const BEGIN: readonly string[] = [
  "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
  `SELECT pg_advisory_xact_lock(${LOCK_CLASS}, hashtext(current_schema()))`,
  "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now",
];

const MARKS_TABLE =
  "CREATE TABLE IF NOT EXISTS ashlar_commits (process TEXT PRIMARY KEY, number BIGINT NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT now())";

/** Connects to the database. @throws StorageError when that fails */
export async function openPostgres(location: CatalogLocation, purpose = "ashlar"): Promise<PostgresDatabase> {
  const database = new PostgresDatabase(location, purpose);
  try {
    await database.connect();
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

export class PostgresDatabase implements SqlDatabase {
  readonly dialect: SqlDialect = "postgresql";
  readonly #writes: Lane;
  readonly #reads: Lane;
  /** Connects only after a commit without an answer. */
  readonly #checks: Lane;
  readonly #clock = new ServerClock();
  /** The transaction that the calling code is part of; detects nested calls, which would wait for themselves. */
  readonly #current = new AsyncLocalStorage<TransactionSession>();
  /** Names this connection among the marks of commits. */
  readonly #process: string = crypto.randomUUID();
  readonly #shown: string;
  #number = 0;
  /** Channels that the connection for reads listens to, also after it was lost. */
  readonly #channels = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #presence: PostgresPresence | undefined;
  #closed = false;

  constructor(location: CatalogLocation, purpose: string) {
    this.#shown = location.shown;
    this.#writes = new Lane(() => PostgresConnection.open(location, purpose));
    this.#checks = new Lane(() => PostgresConnection.open(location, purpose));
    this.#reads = new Lane(async () => {
      const connection = await PostgresConnection.open(location, purpose);
      await connection.run("SET default_transaction_read_only = on", []);
      connection.onNotice(() => this.#notify());
      for (const channel of this.#channels) await listenOn(connection, channel);
      return connection;
    });
  }

  /** The server's time: the clocks of hosts differ. */
  get clock(): Clock {
    return this.#clock;
  }

  /** Shows other hosts that the process of this name is there. */
  presence(holder: string): PostgresPresence {
    this.#presence ??= new PostgresPresence(this.#reads, holder);
    return this.#presence;
  }

  async connect(): Promise<void> {
    const [row] = await (await this.#reads.connection()).all(
      "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now, current_setting('server_version_num')::bigint AS version, to_regclass('ashlar_commits')::text AS marks",
      [],
    );
    const major = Math.floor((row!.version as number) / 10_000);
    if (major < VERSION_MIN)
      throw new StorageError(
        `Cannot use catalog ${this.#shown}: the server is PostgreSQL ${major}, want ${VERSION_MIN} or newer`,
        { call: "open" },
      );
    this.#clock.set(row!.now as number);
    await this.#writes.push(async (connection) => {
      if (row!.marks === null) await connection.script([...BEGIN, MARKS_TABLE, PRESENCE_TABLE, "COMMIT"]);
      // Marks of connections that ended long ago.
      await connection.run("DELETE FROM ashlar_commits WHERE at < now() - interval '1 day'", []);
    });
  }

  async run(sql: string, parameters: readonly SqlValue[] = []): Promise<number> {
    return await this.transaction((session) => session.run(sql, parameters));
  }

  async all(sql: string, parameters: readonly SqlValue[] = []): Promise<SqlRow[]> {
    assertSqlValues(parameters);
    if (!/^\s*select\b/i.test(sql)) return await this.transaction((session) => session.all(sql, parameters));
    this.#assertUsable();
    return await this.#reads.push((connection) => connection.all(sql, parameters));
  }

  /** Every listener is called at every notice: a catalog has one channel. */
  async listen(channel: string, listener: () => void): Promise<() => void> {
    this.#assertUsable();
    this.#listeners.add(listener);
    if (!this.#channels.has(channel)) {
      this.#channels.add(channel);
      await this.#reads.push((connection) => listenOn(connection, channel));
    }
    return () => this.#listeners.delete(listener);
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  async transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    this.#assertUsable();
    return await this.#writes.push((connection) => this.#attempt(connection, work));
  }

  async #attempt<T>(connection: PostgresConnection, work: (session: SqlSession) => Promise<T>): Promise<T> {
    const [begun] = await connection.script(BEGIN);
    this.#clock.set(begun!.now as number);
    const session = new TransactionSession(this.dialect, connection);
    let result: T;
    try {
      result = await this.#current.run(session, () => work(session));
      await session.end();
    } catch (error) {
      await session.end();
      await connection.run("ROLLBACK", []).catch(() => undefined);
      throw error;
    } finally {
      // Up to Node 22, its hook is called for every promise of the process from the first use on.
      this.#current.disable();
    }
    const number = ++this.#number;
    try {
      await connection.script([
        `INSERT INTO ashlar_commits (process, number) VALUES ('${this.#process}', ${number})
          ON CONFLICT (process) DO UPDATE SET number = excluded.number, at = now()`,
        "COMMIT",
      ]);
    } catch (error) {
      if (!isTemporary(error) || !(await this.#wasCommitted(number))) throw error;
    }
    return result;
  }

  /**
   * Whether a transaction whose commit got no answer has happened. Read under the lock, so that the transaction has
   * ended. PostgreSQL's own number of it would not do: after a crash, numbers that reached no log are given again.
   */
  async #wasCommitted(number: number): Promise<boolean> {
    return await this.#checks.push(async (connection) => {
      await connection.script(BEGIN);
      const sql = "SELECT 1 FROM ashlar_commits WHERE process = ? AND number = ?";
      const rows = await connection.all(sql, [this.#process, number]);
      await connection.run("COMMIT", []);
      return rows.length > 0;
    });
  }

  /** A process of another version reads and writes rows that it knows; those of a newer schema it might remove. */
  async requireAlone(): Promise<void> {
    const others = (await this.#presence?.others()) ?? [];
    if (others.length === 0) return;
    throw new InvalidStateError(
      `Cannot upgrade catalog ${this.#shown}: processes of an older version work with it, on ${others.join(", ")}; ` +
        "end them first: workers with `ashlar worker drain`",
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#presence?.close();
    await Promise.all([this.#writes.close(), this.#reads.close(), this.#checks.close()]);
  }

  #assertUsable(): void {
    if (this.#closed) throw new StorageError("Cannot use PostgreSQL database: it is closed", { call: "use" });
    if (this.#current.getStore()?.isOpen) {
      throw new UsageError(
        "Cannot use the database inside of its own transaction: use the session given to the transaction",
      );
    }
  }
}

/** Channels are the schema's own, as `notify` of the catalog's dialect has them. */
async function listenOn(connection: PostgresConnection, channel: string): Promise<void> {
  const [row] = await connection.all(
    "SELECT quote_ident(? || '_' || hashtext(current_schema())) AS channel",
    [channel],
  );
  await connection.run(`LISTEN ${row!.channel}`, []);
}
