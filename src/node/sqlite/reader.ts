/**
 * A second connection for queries outside of transactions, opened when a query would have to wait for the first.
 *
 * A driver that runs statements on other threads takes two changes of thread for each, and a computer whose cores are
 * all busy takes milliseconds to make them. One after the other, the statements of many callers would add up to
 * seconds; side by side they wait at the same time. Not on the first connection: a query there sees the changes of a
 * transaction that is not committed.
 */
import type { SqlRow, SqlValue } from "../../ports.js";
import { Turns } from "../turns.js";
import type { SqliteConnection } from "./connection.js";

/** Each takes one of libuv's threads while it runs. */
const QUERIES_MAX = 4;

export class Reader {
  readonly #open: () => Promise<SqliteConnection>;
  readonly #turns = new Turns(QUERIES_MAX);
  readonly #queries = new Set<Promise<SqlRow[]>>();
  #connection: Promise<SqliteConnection> | undefined;

  constructor(open: () => Promise<SqliteConnection>) {
    this.#open = open;
  }

  async all(sql: string, parameters: readonly SqlValue[]): Promise<SqlRow[]> {
    const query = this.#query(sql, parameters);
    this.#queries.add(query);
    try {
      return await query;
    } finally {
      this.#queries.delete(query);
    }
  }

  /** Call it after the last query. Those that have not ended end first. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#queries);
    await (await this.#connection)?.close();
  }

  async #query(sql: string, parameters: readonly SqlValue[]): Promise<SqlRow[]> {
    this.#connection ??= this.#start();
    const connection = await this.#connection;
    return await this.#turns.run(() => connection.all(sql, parameters));
  }

  async #start(): Promise<SqliteConnection> {
    try {
      const connection = await this.#open();
      await connection.all("PRAGMA busy_timeout = 0", []);
      await connection.all("PRAGMA query_only = ON", []);
      return connection;
    } catch (error) {
      // The next query tries again.
      this.#connection = undefined;
      throw error;
    }
  }
}

/** Whether a statement changes nothing. */
export function isQuery(sql: string): boolean {
  return sql.startsWith("SELECT ") || sql.startsWith("WITH ");
}
