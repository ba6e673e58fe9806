/** Messages to users about requests that were accepted and failed later. Messages expire. */
import type { Clock, SqlSession } from "../ports.js";
import { type Columns, columnsOf, date, decodeRow, encodeFields, text } from "./column.js";

export interface MessageRow {
  readonly id: string;
  readonly projectId: string;
  /** The request that failed later. */
  readonly requestId: string;
  readonly resourceType: string;
  readonly resourceId: string;
  /** The reference system's numbers of actions and details. */
  readonly actionId: string;
  readonly detailId: string;
  readonly text: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

const COLUMNS: Columns<MessageRow> = columnsOf<MessageRow>({
  id: text(),
  projectId: text(),
  requestId: text(),
  resourceType: text(),
  resourceId: text(),
  actionId: text(),
  detailId: text(),
  text: text(),
  createdAt: date(),
  expiresAt: date(),
});

/** `message_ttl`, thirty days. */
const LIFETIME_MS = 30 * 24 * 3600 * 1000;

export class Messages {
  readonly #session: SqlSession;
  readonly #clock: Clock;

  constructor(session: SqlSession, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
  }

  /** Removes expired messages too. */
  async add(message: Omit<MessageRow, "id" | "createdAt" | "expiresAt">): Promise<void> {
    const createdAt = this.#clock.now();
    const expiresAt = new Date(createdAt.getTime() + LIFETIME_MS);
    const fields = encodeFields(COLUMNS, { ...message, id: crypto.randomUUID(), createdAt, expiresAt });
    const names = fields.map(([name]) => name).join(", ");
    const marks = fields.map(() => "?").join(", ");
    await this.#session.run("DELETE FROM messages WHERE expires_at < ?", [createdAt.toISOString()]);
    await this.#session.run(
      `INSERT INTO messages (${names}) VALUES (${marks})`,
      fields.map(([, value]) => value),
    );
  }

  /** Messages, newest first; of one project if it is named. */
  async list(projectId: string | undefined): Promise<MessageRow[]> {
    const [where, parameters] = projectId === undefined ? ["1 = 1", []] : ["project_id = ?", [projectId]];
    const sql = `SELECT * FROM messages WHERE ${where} ORDER BY created_at DESC, id DESC`;
    return (await this.#session.all(sql, parameters)).map((row) => decodeRow(COLUMNS, row));
  }

  async byId(id: string): Promise<MessageRow | undefined> {
    const [row] = await this.#session.all("SELECT * FROM messages WHERE id = ?", [id]);
    return row && decodeRow(COLUMNS, row);
  }

  async remove(id: string): Promise<void> {
    await this.#session.run("DELETE FROM messages WHERE id = ?", [id]);
  }
}
