/** A database whose statements and commits can fail. */
import type { SqlDatabase, SqlDialect, SqlRow, SqlSession, SqlValue } from "../../src/ports.js";

export class FaultyDatabase implements SqlDatabase {
  readonly dialect: SqlDialect;
  readonly #inner: SqlDatabase;
  readonly #check: (statement: string) => void;

  /** @param check called before every statement and every commit; what it throws is the failure of that call */
  constructor(inner: SqlDatabase, check: (statement: string) => void) {
    this.dialect = inner.dialect;
    this.#inner = inner;
    this.#check = check;
  }

  async run(sql: string, parameters?: readonly SqlValue[]): Promise<number> {
    this.#check(sql);
    return await this.#inner.run(sql, parameters);
  }

  async all(sql: string, parameters?: readonly SqlValue[]): Promise<SqlRow[]> {
    this.#check(sql);
    return await this.#inner.all(sql, parameters);
  }

  async transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    this.#check("BEGIN");
    return await this.#inner.transaction(async (session) => {
      const result = await work({
        dialect: session.dialect,
        run: async (sql, parameters) => {
          this.#check(sql);
          return await session.run(sql, parameters);
        },
        all: async (sql, parameters) => {
          this.#check(sql);
          return await session.all(sql, parameters);
        },
      });
      this.#check("COMMIT");
      return result;
    });
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
