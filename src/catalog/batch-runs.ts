/** Runs of plans. A run is held by the process that works on it; one without a holder has ended or was abandoned. */
import type { SqlSession } from "../ports.js";
import { type Columns, columnsOf, date, decodeRow, encodeFields, nullable, text } from "./column.js";

/** `interrupted`: stopped by the user, or its process died. */
export type BatchRunStatus = "running" | "all" | "some" | "none" | "interrupted";

export interface BatchRunRow {
  readonly id: string;
  /** Name of the plan. */
  readonly plan: string;
  /** While it runs, or how many of its volumes were backed up. */
  readonly status: BatchRunStatus;
  readonly holder: string | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

const COLUMNS: Columns<BatchRunRow> = columnsOf<BatchRunRow>({
  id: text(),
  plan: text(),
  status: text<BatchRunStatus>(),
  holder: nullable(text()),
  startedAt: date(),
  endedAt: nullable(date()),
});

export class BatchRuns {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  async insert(run: BatchRunRow): Promise<void> {
    const fields = encodeFields(COLUMNS, run);
    const names = fields.map(([name]) => name).join(", ");
    const marks = fields.map(() => "?").join(", ");
    await this.#session.run(
      `INSERT INTO batch_runs (${names}) VALUES (${marks})`,
      fields.map(([, value]) => value),
    );
  }

  /** Resolves to whether there is such a run. */
  async update(id: string, changes: Partial<Omit<BatchRunRow, "id">>): Promise<boolean> {
    const fields = encodeFields(COLUMNS, changes);
    const assignments = fields.map(([name]) => `${name} = ?`).join(", ");
    const values = fields.map(([, value]) => value);
    const sql = `UPDATE batch_runs SET ${assignments} WHERE id = ?`;
    return (await this.#session.run(sql, [...values, id])) > 0;
  }

  /** The plan's runs, the newest first. */
  async ofPlan(plan: string, limit: number): Promise<BatchRunRow[]> {
    const sql = `SELECT * FROM batch_runs WHERE plan = ? ORDER BY started_at DESC, id DESC LIMIT ${limit}`;
    return (await this.#session.all(sql, [plan])).map((row) => decodeRow(COLUMNS, row));
  }

  /** The plan's run that a process holds. */
  async heldOfPlan(plan: string): Promise<BatchRunRow | undefined> {
    const sql = "SELECT * FROM batch_runs WHERE plan = ? AND holder IS NOT NULL LIMIT 1";
    const [row] = await this.#session.all(sql, [plan]);
    return row && decodeRow(COLUMNS, row);
  }

  /** Removes all but the newest runs of the plan, and their items. */
  async removeOld(plan: string, kept: number): Promise<void> {
    const old =
      "SELECT id FROM batch_runs WHERE plan = ? AND holder IS NULL ORDER BY started_at DESC, id DESC LIMIT 9007199254740991 OFFSET ?";
    await this.#session.run(`DELETE FROM batch_items WHERE run_id IN (${old})`, [plan, kept]);
    await this.#session.run(`DELETE FROM batch_runs WHERE id IN (${old})`, [plan, kept]);
  }
}
