/**
 * Running and waiting operations of all processes. A row is a lease: it names the process that works, and holds as long
 * as its heartbeat is renewed. Numbers are given in the order of arrival and never reused.
 */
import type { Clock, SqlSession, SqlValue } from "../ports.js";
import {
  type Columns,
  columnsOf,
  date,
  decodeRow,
  encodeFields,
  initialValues,
  integer,
  nullable,
  text,
} from "./column.js";

import { notify } from "./dialect.js";

export type OperationKind =
  | "backup"
  | "restore"
  | "verify"
  | "consolidate"
  | "copy"
  | "delete"
  | "repair"
  | "snapshot";
export type OperationState = "waiting" | "running";

/** Progress of an operation, as other processes see it. */
export interface OperationProgress {
  /** The present stage, in a word. */
  readonly stage: string;
  /** Bytes of the volume. */
  readonly bytesDone: number;
  /** 0 while unknown. */
  readonly bytesTotal: number;
  /** Bytes of objects, as stored. */
  readonly storedBytes: number;
  readonly bytesPerSecond: number;
}

/**
 * The holder of operations and rows of accepted work on which no process works: it waits for a worker, or was cut off
 * because its process was stopped.
 */
export const PARKED = "parked";

export interface OperationRow extends OperationProgress {
  readonly number: number;
  readonly kind: OperationKind;
  readonly state: OperationState;
  /** The name of the process; `PARKED` while no process has taken it. */
  readonly holder: string;
  /** Its share of `backup_max_operations`: 1, or 0 for kinds that do not count. */
  readonly slots: number;
  /** Planned memory, bytes. */
  readonly memory: number;
  readonly backupId: string | null;
  readonly volumeId: string | null;
  /** Why it was asked to end; null if it was not. */
  readonly cancelReason: string | null;
  /** The only host that can run it; null if every host can, or the catalog is one host's. */
  readonly host: string | null;
  readonly projectId: string | null;
  /** URL of the repository that it writes to or reads. */
  readonly repository: string | null;
  /** What was asked for, in JSON, if it was queued. */
  readonly request: string | null;
  readonly heartbeatAt: Date;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
}

type RequiredField = "kind" | "holder" | "slots" | "memory";
export type NewOperation = Pick<OperationRow, RequiredField> &
  Partial<
    Pick<OperationRow, "number" | "backupId" | "volumeId" | "host" | "projectId" | "repository" | "request">
  >;

const COLUMNS: Columns<OperationRow> = columnsOf<OperationRow>({
  number: integer(),
  kind: text<OperationKind>(),
  state: text<OperationState>(),
  holder: text(),
  slots: integer(),
  memory: integer(),
  backupId: nullable(text()),
  volumeId: nullable(text()),
  cancelReason: nullable(text()),
  host: nullable(text()),
  projectId: nullable(text()),
  repository: nullable(text()),
  request: nullable(text()),
  heartbeatAt: date(),
  createdAt: date(),
  startedAt: nullable(date()),
  stage: text(),
  bytesDone: integer(0),
  bytesTotal: integer(0),
  storedBytes: integer(0),
  bytesPerSecond: integer(0),
});

/** Channel on which workers are woken. */
export const QUEUE_CHANNEL = "ashlar_queue";

export class Operations {
  readonly #session: SqlSession;
  readonly #clock: Clock;

  constructor(session: SqlSession, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
  }

  /** Adds an operation at the end of the queue, or at the place that its number had. */
  async add(operation: NewOperation): Promise<OperationRow> {
    const now = this.#clock.now();
    const fields = encodeFields(COLUMNS, {
      ...initialValues(COLUMNS),
      state: "waiting",
      stage: "waiting",
      heartbeatAt: now,
      createdAt: now,
      ...operation,
    });
    const names = fields.map(([name]) => name).join(", ");
    const marks = fields.map(() => "?").join(", ");
    const rows = await this.#session.all(
      `INSERT INTO operations (${names}) VALUES (${marks}) RETURNING *`,
      fields.map(([, value]) => value),
    );
    return decodeRow(COLUMNS, rows[0]!);
  }

  /** All operations, in the order of arrival. */
  async list(): Promise<OperationRow[]> {
    return await this.#select("1 = 1", []);
  }

  /** The operations that processes hold, and the first ones that are queued, in the order of arrival. */
  async heldOrFirst(count: number): Promise<OperationRow[]> {
    const last = "SELECT number FROM operations WHERE holder = ? ORDER BY number LIMIT 1 OFFSET ?";
    const condition = `holder <> ? OR number <= COALESCE((${last}), ?)`;
    return await this.#select(condition, [PARKED, PARKED, count - 1, Number.MAX_SAFE_INTEGER]);
  }

  /** The operations that processes hold, and those that are queued up to a number, in the order of arrival. */
  async heldOrUpTo(number: number): Promise<OperationRow[]> {
    return await this.#select("holder <> ? OR number <= ?", [PARKED, number]);
  }

  async heldBy(holder: string): Promise<OperationRow[]> {
    return await this.#select("holder = ?", [holder]);
  }

  /** The operations on a backup; usually one. */
  async onBackup(backupId: string): Promise<OperationRow[]> {
    return await this.#select("backup_id = ?", [backupId]);
  }

  async byNumber(number: number): Promise<OperationRow | undefined> {
    return (await this.#select("number = ?", [number]))[0];
  }

  /** Whether the operation still has its lease. */
  async isHeld(number: number): Promise<boolean> {
    return (await this.#session.all("SELECT 1 FROM operations WHERE number = ?", [number])).length > 0;
  }

  /** Passes an operation to another holder, and changes it. Resolves to whether the first one still held it. */
  async handOver(
    number: number,
    { from, to }: { readonly from: string; readonly to: string },
    changes: Partial<Omit<OperationRow, "number" | "holder">>,
  ): Promise<boolean> {
    if ((await this.byNumber(number))?.holder !== from) return false;
    return await this.#update(number, { ...changes, holder: to, heartbeatAt: this.#clock.now() });
  }

  /** Resolves to whether the operation was still there to start. */
  async start(number: number): Promise<boolean> {
    return await this.#update(number, { state: "running", stage: "running", startedAt: this.#clock.now() });
  }

  async update(number: number, changes: Partial<Omit<OperationRow, "number">>): Promise<boolean> {
    return await this.#update(number, changes);
  }

  /** Renews the lease of an operation, and records its progress. */
  async beat(number: number, progress: OperationProgress): Promise<boolean> {
    return await this.#update(number, { ...progress, heartbeatAt: this.#clock.now() });
  }

  /** Renews the leases of operations whose progress has not changed. Resolves to the numbers of those still there. */
  async renew(numbers: readonly number[]): Promise<ReadonlySet<number>> {
    if (numbers.length === 0) return new Set();
    const marks = numbers.map(() => "?").join(", ");
    const rows = await this.#session.all(
      `UPDATE operations SET heartbeat_at = ? WHERE number IN (${marks}) RETURNING number`,
      [this.#clock.now().toISOString(), ...numbers],
    );
    return new Set(rows.map(({ number }) => number as number));
  }

  /** Wakes the workers of all hosts when the transaction is committed, where the database can do so. */
  async notifyQueue(): Promise<void> {
    await notify(this.#session, QUEUE_CHANNEL);
  }

  /** Asks all operations on a backup to end, except those that delete it. Resolves to their number. */
  async cancel(backupId: string, cancelReason: string): Promise<number> {
    return await this.#session.run(
      "UPDATE operations SET cancel_reason = COALESCE(cancel_reason, ?) WHERE backup_id = ? AND kind <> 'delete'",
      [cancelReason, backupId],
    );
  }

  /** Asks one operation to end. */
  async cancelOne(number: number, cancelReason: string): Promise<boolean> {
    const sql = "UPDATE operations SET cancel_reason = COALESCE(cancel_reason, ?) WHERE number = ?";
    return (await this.#session.run(sql, [cancelReason, number])) > 0;
  }

  /** Removes an operation that this process holds: it may have been parked. */
  async removeHeld(number: number, holder: string): Promise<boolean> {
    const sql = "DELETE FROM operations WHERE number = ? AND holder = ?";
    return (await this.#session.run(sql, [number, holder])) > 0;
  }

  async remove(number: number): Promise<boolean> {
    return (await this.#session.run("DELETE FROM operations WHERE number = ?", [number])) > 0;
  }

  /** Removes an operation unless its lease was renewed since the row was read. */
  async removeUnrenewed({ number, heartbeatAt }: OperationRow): Promise<boolean> {
    const sql = "DELETE FROM operations WHERE number = ? AND heartbeat_at = ?";
    return (await this.#session.run(sql, [number, heartbeatAt.toISOString()])) > 0;
  }

  async #select(where: string, parameters: readonly SqlValue[]): Promise<OperationRow[]> {
    const sql = `SELECT * FROM operations WHERE ${where} ORDER BY number`;
    return (await this.#session.all(sql, parameters)).map((row) => decodeRow(COLUMNS, row));
  }

  async #update(number: number, changes: Partial<OperationRow>): Promise<boolean> {
    const fields = encodeFields(COLUMNS, changes);
    const assignments = fields.map(([name]) => `${name} = ?`).join(", ");
    const values = fields.map(([, value]) => value);
    const sql = `UPDATE operations SET ${assignments} WHERE number = ?`;
    return (await this.#session.run(sql, [...values, number])) > 0;
  }
}
