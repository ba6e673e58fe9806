/** What became of each volume in each run of a plan. */
import type { SqlSession } from "../ports.js";
import {
  type Columns,
  columnsOf,
  cutText,
  date,
  decodeRow,
  encodeFields,
  flag,
  integer,
  nullable,
  text,
} from "./column.js";

/** `backed-up`: the backup is there, but a step after it has not been done. */
export type BatchItemStatus = "done" | "backed-up" | "failed" | "stopped";

export interface BatchItemRow {
  readonly runId: string;
  /** Path of the volume's file or device. */
  readonly source: string;
  readonly status: BatchItemStatus;
  readonly isIncremental: boolean | null;
  readonly backupId: string | null;
  /** Bytes of the volume. */
  readonly volumeSize: number | null;
  /** Bytes of the backup's objects. */
  readonly storedSize: number | null;
  readonly durationMs: number | null;
  /** Why it failed. */
  readonly reason: string | null;
  readonly endedAt: Date;
}

const REASON_LENGTH = 2000;

const COLUMNS: Columns<BatchItemRow> = columnsOf<BatchItemRow>({
  runId: text(),
  source: text(),
  status: text<BatchItemStatus>(),
  isIncremental: nullable(flag()),
  backupId: nullable(text()),
  volumeSize: nullable(integer()),
  storedSize: nullable(integer()),
  durationMs: nullable(integer()),
  reason: nullable(cutText(REASON_LENGTH)),
  endedAt: date(),
});

export class BatchItems {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  /** Adds the item, or replaces it. */
  async put(item: BatchItemRow): Promise<void> {
    const fields = encodeFields(COLUMNS, item);
    const names = fields.map(([name]) => name).join(", ");
    const marks = fields.map(() => "?").join(", ");
    const replaced = fields.map(([name]) => `${name} = excluded.${name}`).join(", ");
    await this.#session.run(
      `INSERT INTO batch_items (${names}) VALUES (${marks}) ON CONFLICT (run_id, source) DO UPDATE SET ${replaced}`,
      fields.map(([, value]) => value),
    );
  }

  async ofRun(runId: string): Promise<BatchItemRow[]> {
    return await this.#select("run_id = ? ORDER BY source", [runId]);
  }

  /** Completed items of all runs of the plan, the newest first. */
  async doneOfPlan(plan: string): Promise<BatchItemRow[]> {
    const runs = "SELECT id FROM batch_runs WHERE plan = ?";
    return await this.#select(`run_id IN (${runs}) AND status = 'done' ORDER BY ended_at DESC`, [plan]);
  }

  async #select(where: string, parameters: readonly string[]): Promise<BatchItemRow[]> {
    const rows = await this.#session.all(`SELECT * FROM batch_items WHERE ${where}`, parameters);
    return rows.map((row) => decodeRow(COLUMNS, row));
  }
}
