/** One connection to PostgreSQL, with the settings and the types of values that a catalog needs. */
import type pg from "pg";
import type { CatalogLocation } from "../../catalog/location.js";
import { StorageError } from "../../errors.js";
import type { SqlRow, SqlValue } from "../../ports.js";
import type { SqlConnection } from "../sql/transaction-session.js";
import { postgresError } from "./errors.js";

const CONNECT_TIMEOUT_MS = 5000;
/**
 * Ended by the server, so also for a process that is frozen or cut off from it. A transaction excludes all others, so
 * it is ended long before those that wait for it.
 */
const IDLE_IN_TRANSACTION_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** Longer than the server's own time-out: the server has gone. */
const ANSWER_TIMEOUT_MS: number = STATEMENT_TIMEOUT_MS + 10_000;
/** Of the type `bigint`. */
const INT8_OID = 20;

export class PostgresConnection implements SqlConnection {
  readonly #client: pg.Client;
  readonly #shown: string;
  #isBroken = false;

  /** @throws StorageError when there is no such server, database or user */
  static async open(location: CatalogLocation, purpose: string): Promise<PostgresConnection> {
    const { default: driver } = await import("pg");
    const types = { getTypeParser: typeParser(driver.types) } as unknown as pg.CustomTypesConfig;
    const client = new driver.Client({
      connectionString: location.url.reveal(),
      application_name: purpose,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      query_timeout: ANSWER_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      types,
    });
    const connection = new PostgresConnection(client, location.shown);
    try {
      await client.connect();
    } catch (cause) {
      await client.end().catch(() => undefined);
      throw postgresError({ call: "connect to", shown: location.shown, cause });
    }
    return connection;
  }

  private constructor(client: pg.Client, shown: string) {
    this.#client = client;
    this.#shown = shown;
    // Reported by the next call.
    client.on("error", () => {
      this.#isBroken = true;
    });
    client.on("end", () => {
      this.#isBroken = true;
    });
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Calls `listener` at notices on any channel that the connection listens to. */
  onNotice(listener: () => void): void {
    this.#client.on("notification", listener);
  }

  async run(sql: string, parameters: readonly SqlValue[]): Promise<number> {
    return (await this.#query("change", sql, parameters)).rowCount ?? 0;
  }

  async all(sql: string, parameters: readonly SqlValue[]): Promise<SqlRow[]> {
    return (await this.#query("query", sql, parameters)).rows as SqlRow[];
  }

  /** The rows of the last of several statements without parameters, which are sent together. */
  async script(statements: readonly string[]): Promise<SqlRow[]> {
    const results = (await this.#query("change", statements.join("; "), [])) as unknown as pg.QueryResult[];
    return results.at(-1)!.rows as SqlRow[];
  }

  async #query(call: string, sql: string, parameters: readonly SqlValue[]): Promise<pg.QueryResult> {
    if (this.#isBroken)
      throw new StorageError(`Cannot ${call} catalog ${this.#shown}: the connection was lost`, {
        call,
        status: "temporary",
      });
    try {
      const text = numberedMarks(sql);
      // Without parameters the simple protocol is used, which takes several statements.
      return await (parameters.length === 0
        ? this.#client.query(text)
        : this.#client.query(text, [...parameters]));
    } catch (cause) {
      const error = postgresError({ call, shown: this.#shown, cause });
      // Whether such a statement still runs is unknown, so nothing may follow it.
      if (error.status === "temporary") this.#isBroken = true;
      throw error;
    }
  }

  async close(): Promise<void> {
    const isBroken = this.#isBroken;
    this.#isBroken = true;
    const ended = this.#client.end().catch(() => undefined);
    // A server that has gone does not answer.
    if (!isBroken) await ended;
  }
}

const NUMBERED = new Map<string, string>();

/** PostgreSQL's marks of parameters: `$1` for the first `?`. No statement has a `?` in a text. */
function numberedMarks(sql: string): string {
  let numbered = NUMBERED.get(sql);
  if (numbered === undefined) {
    let number = 0;
    numbered = sql.replaceAll("?", () => `$${++number}`);
    // Lists and pages vary in what they ask for, but not without end.
    if (NUMBERED.size < 1000) NUMBERED.set(sql, numbered);
  }
  return numbered;
}

function typeParser(types: typeof pg.types) {
  return (oid: number, format?: "text"): ((text: string) => unknown) =>
    oid === INT8_OID ? safeInteger : (types.getTypeParser(oid, format) as (text: string) => unknown);
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new StorageError(`Cannot read number ${text} of the catalog: it is beyond 2^53−1`, { call: "read" });
}
