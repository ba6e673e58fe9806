/**
 * Prepared statements of one connection, kept by their text: compiling one takes longer than running it, and with the
 * `sqlite3` package two more changes of thread.
 */

/** More than the catalog has; only lists of different lengths make others. */
const KEPT_MAX = 200;

/** Statements that come again. Those that change tables or settings do not. */
const REPEATED = /^(SELECT|WITH|INSERT|UPDATE|DELETE|BEGIN|COMMIT|ROLLBACK)\b/;

export class Statements<S> {
  readonly #prepare: (sql: string) => S;
  readonly #end: (statement: S) => Promise<void> | undefined;
  /** The least recently used first. */
  readonly #kept = new Map<string, S>();

  /** @param end releases a statement; called after its last call, which may still be running */
  constructor(prepare: (sql: string) => S, end: (statement: S) => Promise<void> | undefined) {
    this.#prepare = prepare;
    this.#end = end;
  }

  /** The prepared statement; `undefined` for one that is not worth keeping. */
  get(sql: string): S | undefined {
    const known = this.#kept.get(sql);
    if (known === undefined && !REPEATED.test(sql)) return undefined;
    const statement = known ?? this.#prepare(sql);
    // Moves it to the end of the order.
    this.#kept.delete(sql);
    this.#kept.set(sql, statement);
    if (this.#kept.size > KEPT_MAX) void this.drop(this.#kept.keys().next().value!);
    return statement;
  }

  /** Ends a statement, e.g. one that has failed: until it is reset, SQLite may take it for unfinished. */
  drop(sql: string): Promise<void> | undefined {
    const statement = this.#kept.get(sql);
    if (statement === undefined) return undefined;
    this.#kept.delete(sql);
    return this.#end(statement);
  }

  /** Ends all statements, without which a connection cannot be closed. */
  async clear(): Promise<void> {
    await Promise.all([...this.#kept.keys()].map((sql) => this.drop(sql)));
  }
}
