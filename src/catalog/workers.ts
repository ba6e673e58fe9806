/** Workers: processes that take queued operations. A row counts while its worker renews it. */
import type { Clock, SqlSession } from "../ports.js";
import { type Columns, columnsOf, date, decodeRow, encodeFields, integer, nullable, text } from "./column.js";

/** `draining`: it takes no further operation, and ends when those that it has taken are done. */
export type WorkerState = "working" | "draining";

export interface WorkerRow {
  /** The name of the process. */
  readonly holder: string;
  /** Its host; null in a catalog of one host. */
  readonly host: string | null;
  /** Version of the program. */
  readonly version: string;
  /** Operations that it runs side by side at most. */
  readonly capacity: number;
  readonly state: WorkerState;
  readonly startedAt: Date;
  readonly heartbeatAt: Date;
}

const COLUMNS: Columns<WorkerRow> = columnsOf<WorkerRow>({
  holder: text(),
  host: nullable(text()),
  version: text(),
  capacity: integer(),
  state: text<WorkerState>(),
  startedAt: date(),
  heartbeatAt: date(),
});

export class Workers {
  readonly #session: SqlSession;
  readonly #clock: Clock;

  constructor(session: SqlSession, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
  }

  /** Adds the worker's row. */
  async add(worker: Pick<WorkerRow, "holder" | "host" | "version" | "capacity">): Promise<void> {
    const now = this.#clock.now();
    const fields = encodeFields(COLUMNS, { ...worker, state: "working", startedAt: now, heartbeatAt: now });
    const names = fields.map(([name]) => name).join(", ");
    const marks = fields.map(() => "?").join(", ");
    await this.#session.run(
      `INSERT INTO workers (${names}) VALUES (${marks})`,
      fields.map(([, value]) => value),
    );
  }

  /** All workers, the oldest first. */
  async list(): Promise<WorkerRow[]> {
    const rows = await this.#session.all("SELECT * FROM workers ORDER BY started_at, holder");
    return rows.map((row) => decodeRow(COLUMNS, row));
  }

  /** Renews the worker's row. Resolves to its state; `undefined` if the row is gone. */
  async renew(holder: string): Promise<WorkerState | undefined> {
    const [row] = await this.#session.all(
      "UPDATE workers SET heartbeat_at = ? WHERE holder = ? RETURNING state",
      [this.#clock.now().toISOString(), holder],
    );
    return row?.state as WorkerState | undefined;
  }

  /** The worker's state; `undefined` if it has no row. */
  async stateOf(holder: string): Promise<WorkerState | undefined> {
    const [row] = await this.#session.all("SELECT state FROM workers WHERE holder = ?", [holder]);
    return row?.state as WorkerState | undefined;
  }

  /** Asks the worker to drain. Resolves to whether it is there. */
  async drain(holder: string): Promise<boolean> {
    const sql = "UPDATE workers SET state = 'draining' WHERE holder = ?";
    return (await this.#session.run(sql, [holder])) > 0;
  }

  /** Removes the rows of workers that were last renewed before then: they were killed. */
  async removeOld(before: Date): Promise<void> {
    await this.#session.run("DELETE FROM workers WHERE heartbeat_at < ?", [before.toISOString()]);
  }

  async remove(holder: string): Promise<void> {
    await this.#session.run("DELETE FROM workers WHERE holder = ?", [holder]);
  }
}
