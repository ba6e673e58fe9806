/**
 * The operations that processes have under way or wait to begin. A row is a lease: it says who works, and holds as long
 * as its heartbeat is renewed. Numbers are given in the order of arrival and never twice.
 */
import type { Clock, SqlSession } from "../ports.js";
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

export type OperationKind =
  | "backup"
  | "restore"
  | "verify"
  | "consolidate"
  | "delete"
  | "repair"
  | "snapshot";
export type OperationState = "waiting" | "running";

/** How far an operation has come, as it is told to other processes. */
export interface OperationProgress {
  /** What is being done, in a word. */
  readonly stage: string;
  /** Bytes of the volume. */
  readonly bytesDone: number;
  /** 0 while not known. */
  readonly bytesTotal: number;
  /** Bytes of objects, as stored. */
  readonly storedBytes: number;
  readonly bytesPerSecond: number;
}

export interface OperationRecord extends OperationProgress {
  readonly number: number;
  readonly kind: OperationKind;
  readonly state: OperationState;
  /** Names the process. */
  readonly holder: string;
  /** How much of `backup_max_operations` it takes: 1, or 0 for what is not counted. */
  readonly slots: number;
  /** Bytes by its plan. */
  readonly memory: number;
  readonly backupId: string | null;
  readonly volumeId: string | null;
  /** Why it is to end; null while it may go on. */
  readonly cancelReason: string | null;
  readonly heartbeatAt: Date;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
}

type RequiredField = "kind" | "holder" | "slots" | "memory";
export type NewOperation = Pick<OperationRecord, RequiredField> &
  Partial<Pick<OperationRecord, "backupId" | "volumeId">>;

const COLUMNS: Columns<OperationRecord> = columnsOf<OperationRecord>({
  number: integer(),
  kind: text<OperationKind>(),
  state: text<OperationState>(),
  holder: text(),
  slots: integer(),
  memory: integer(),
  backupId: nullable(text()),
  volumeId: nullable(text()),
  cancelReason: nullable(text()),
  heartbeatAt: date(),
  createdAt: date(),
  startedAt: nullable(date()),
  stage: text(),
  bytesDone: integer(0),
  bytesTotal: integer(0),
  storedBytes: integer(0),
  bytesPerSecond: integer(0),
});

export class Operations {
  readonly #session: SqlSession;
  readonly #clock: Clock;

  constructor(session: SqlSession, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
  }

  /** Adds it as the last of those that wait. */
  async add(operation: NewOperation): Promise<OperationRecord> {
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

  /** All, in the order of arrival. */
  async list(): Promise<OperationRecord[]> {
    return await this.#select("1 = 1", []);
  }

  async heldBy(holder: string): Promise<OperationRecord[]> {
    return await this.#select("holder = ?", [holder]);
  }

  /** Those that work on a backup; usually one. */
  async onBackup(backupId: string): Promise<OperationRecord[]> {
    return await this.#select("backup_id = ?", [backupId]);
  }

  /** Whether the operation has its lease still. */
  async isHeld(number: number): Promise<boolean> {
    return (await this.#session.all("SELECT 1 FROM operations WHERE number = ?", [number])).length > 0;
  }

  /** Whether it was there to begin. */
  async start(number: number): Promise<boolean> {
    return await this.#update(number, { state: "running", stage: "running", startedAt: this.#clock.now() });
  }

  async update(number: number, changes: Partial<Omit<OperationRecord, "number">>): Promise<boolean> {
    return await this.#update(number, changes);
  }

  /** Renews the lease of an operation, and tells how far it has come. */
  async beat(number: number, progress: OperationProgress): Promise<boolean> {
    return await this.#update(number, { ...progress, heartbeatAt: this.#clock.now() });
  }

  /** Asks all operations on a backup to end, but for those that delete it. How many there are. */
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

  async remove(number: number): Promise<boolean> {
    return (await this.#session.run("DELETE FROM operations WHERE number = ?", [number])) > 0;
  }

  /** Removes it unless its lease was renewed since it was read. */
  async removeUnrenewed({ number, heartbeatAt }: OperationRecord): Promise<boolean> {
    const sql = "DELETE FROM operations WHERE number = ? AND heartbeat_at = ?";
    return (await this.#session.run(sql, [number, heartbeatAt.toISOString()])) > 0;
  }

  async #select(where: string, parameters: readonly string[]): Promise<OperationRecord[]> {
    const sql = `SELECT * FROM operations WHERE ${where} ORDER BY number`;
    return (await this.#session.all(sql, parameters)).map((row) => decodeRow(COLUMNS, row));
  }

  async #update(number: number, changes: Partial<OperationRecord>): Promise<boolean> {
    const fields = encodeFields(COLUMNS, changes);
    const assignments = fields.map(([name]) => `${name} = ?`).join(", ");
    const values = fields.map(([, value]) => value);
    const sql = `UPDATE operations SET ${assignments} WHERE number = ?`;
    return (await this.#session.run(sql, [...values, number])) > 0;
  }
}
