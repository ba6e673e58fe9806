/**
 * `SqlDatabase` over one raw connection, and perhaps a second one for queries. Two rules make concurrent calls safe:
 *
 * - One queue. Statements of concurrent tasks would otherwise run between another task's BEGIN and COMMIT: the
 *   second BEGIN fails, and the first task's ROLLBACK removes the other's rows too.
 * - Waiting for other processes happens here, by retrying. SQLite's own busy handler blocks the thread that
 *   called it: the event loop with a synchronous driver (so two connections of one process wait for each other
 *   until the timeout), one of four shared threads with an asynchronous one.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { isAshlarError, StorageError, UsageError } from "../../errors.js";
import type { SqlDatabase, SqlDialect, SqlRow, SqlSession, SqlValue } from "../../ports.js";
import { SerialQueue } from "../sql/serial-queue.js";
import { TransactionSession } from "../sql/transaction-session.js";
import { assertSqlValues } from "../sql/values.js";
import type { SqliteConnection } from "./connection.js";
import { isQuery, Reader } from "./reader.js";

const BUSY_RETRY_MAX_MS = 25;

export class SerialDatabase implements SqlDatabase {
  readonly dialect: SqlDialect = "sqlite";
  readonly #connection: SqliteConnection;
  readonly #queue = new SerialQueue();
  /** The transaction that the calling code is part of; detects nested calls, which would wait for themselves. */
  readonly #current = new AsyncLocalStorage<TransactionSession>();
  readonly #busyTimeoutMs: number;
  #reader: Reader | undefined;
  #closed = false;

  constructor(connection: SqliteConnection, busyTimeoutMs: number) {
    this.#connection = connection;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  /** Makes queries that would wait run on a connection of their own, opened by `open`. */
  readOn(open: () => Promise<SqliteConnection>): void {
    this.#reader = new Reader(open);
  }

  async run(sql: string, parameters: readonly SqlValue[] = []): Promise<number> {
    assertSqlValues(parameters);
    return await this.#push(() => this.#retryWhileBusy(() => this.#connection.run(sql, parameters)));
  }

  async all(sql: string, parameters: readonly SqlValue[] = []): Promise<SqlRow[]> {
    assertSqlValues(parameters);
    this.#assertUsable();
    const reader = this.#reader;
    if (reader !== undefined && !this.#queue.isIdle && isQuery(sql))
      return await this.#retryWhileBusy(() => reader.all(sql, parameters));
    return await this.#push(() => this.#retryWhileBusy(() => this.#connection.all(sql, parameters)));
  }

  async transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return await this.#push(async () => {
      await this.#retryWhileBusy(() => this.#connection.run("BEGIN IMMEDIATE", []));
      const session = new TransactionSession(this.dialect, this.#connection);
      try {
        const result = await this.#current.run(session, () => work(session));
        await session.end();
        await this.#retryWhileBusy(() => this.#connection.run("COMMIT", []));
        return result;
      } catch (error) {
        await session.end();
        // After some failures (disk full, I/O) SQLite has rolled back already and refuses to do it again.
        await this.#connection.run("ROLLBACK", []).catch(() => {});
        throw error;
      } finally {
        // Up to Node 22, its hook is called for every promise of the process from the first use on, which took an
        // eighth of the time of an unchanged backup.
        this.#current.disable();
      }
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    const closed = this.#push(() => this.#connection.close());
    this.#closed = true;
    await this.#reader?.close();
    await closed;
  }

  #push<T>(task: () => Promise<T>): Promise<T> {
    this.#assertUsable();
    return this.#queue.push(task);
  }

  #assertUsable(): void {
    if (this.#closed) throw new StorageError("Cannot use SQLite database: it is closed", { call: "use" });
    if (this.#current.getStore()?.isOpen) {
      throw new UsageError(
        "Cannot use the database inside of its own transaction: use the session given to the transaction",
      );
    }
  }

  async #retryWhileBusy<T>(attempt: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#busyTimeoutMs;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        const busy = isAshlarError(error, "storage") && error.status === "temporary";
        if (!busy || performance.now() >= deadline) throw error;
      }
      // A random pause, so that processes that were refused at the same time do not retry at the same time.
      await sleep(1 + Math.random() * BUSY_RETRY_MAX_MS);
    }
  }
}
