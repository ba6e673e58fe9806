import { UsageError } from "../../errors.js";
import type { SqlDialect, SqlRow, SqlSession, SqlValue } from "../../ports.js";
import { SerialQueue } from "./serial-queue.js";
import { assertSqlValues } from "./values.js";

/** A raw connection. One call at a time; it does not check its arguments. */
export interface SqlConnection {
  run(sql: string, parameters: readonly SqlValue[]): Promise<number>;
  all(sql: string, parameters: readonly SqlValue[]): Promise<SqlRow[]>;
}

/** The statements of one transaction: in order, and only while it is open. */
export class TransactionSession implements SqlSession {
  readonly dialect: SqlDialect;
  readonly #connection: SqlConnection;
  readonly #queue = new SerialQueue();
  #open = true;

  constructor(dialect: SqlDialect, connection: SqlConnection) {
    this.dialect = dialect;
    this.#connection = connection;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  run(sql: string, parameters: readonly SqlValue[] = []): Promise<number> {
    return this.#push(parameters, () => this.#connection.run(sql, parameters));
  }

  all(sql: string, parameters: readonly SqlValue[] = []): Promise<SqlRow[]> {
    return this.#push(parameters, () => this.#connection.all(sql, parameters));
  }

  /** Refuses further statements and waits for those that were not awaited. */
  async end(): Promise<void> {
    this.#open = false;
    await this.#queue.push(async () => {});
  }

  async #push<T>(parameters: readonly SqlValue[], task: () => Promise<T>): Promise<T> {
    assertSqlValues(parameters);
    if (!this.#open) throw new UsageError("Cannot use a transaction's session: the transaction has ended");
    return await this.#queue.push(task);
  }
}
