/** Limits on the concurrent operations of one host, project or repository, beside those of the whole catalog. */
import type { SqlSession } from "../ports.js";
import { type Columns, columnsOf, decodeRow, integer, nullable, text } from "./column.js";

export type LimitScope = "host" | "project" | "store";

/** The name of a limit that holds for each host, project or repository that has none of its own. */
export const EACH = "*";

export interface ScopedLimit {
  readonly scope: LimitScope;
  /** The host, the id of the project, or the URL of the repository; or `EACH`. */
  readonly name: string;
  /** Concurrent operations; null for no limit. */
  readonly maxOperations: number | null;
  /** Their planned memory, bytes; null for no limit. */
  readonly maxMemory: number | null;
}

const COLUMNS: Columns<ScopedLimit> = columnsOf<ScopedLimit>({
  scope: text<LimitScope>(),
  name: text(),
  maxOperations: nullable(integer()),
  maxMemory: nullable(integer()),
});

export class ScopedLimits {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async list(): Promise<ScopedLimit[]> {
    const rows = await this.#session.all("SELECT * FROM limits ORDER BY scope, name");
    return rows.map((row) => decodeRow(COLUMNS, row));
  }

  /** Sets or replaces the limit. */
  async set(limit: ScopedLimit): Promise<void> {
    const { scope, name, maxOperations, maxMemory } = limit;
    await this.#session.run(
      "INSERT INTO limits (scope, name, max_operations, max_memory) VALUES (?, ?, ?, ?) " +
        "ON CONFLICT (scope, name) DO UPDATE SET max_operations = excluded.max_operations, max_memory = excluded.max_memory",
      [scope, name, maxOperations, maxMemory],
    );
  }

  /** Resolves to whether there was one. */
  async remove(scope: LimitScope, name: string): Promise<boolean> {
    return (await this.#session.run("DELETE FROM limits WHERE scope = ? AND name = ?", [scope, name])) > 0;
  }
}
