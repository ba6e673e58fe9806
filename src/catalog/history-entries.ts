/**
 * The verified entries of the signed histories of repositories (docs/history.md). They are the catalog's memory of a
 * history: one that lacks any of them, or has another in its place, was rolled back or replaced.
 */
import type { SqlSession } from "../ports.js";
import { type Columns, columnsOf, decodeRow, encodeFields, integer, text } from "./column.js";

export interface HistoryEntryRow {
  /** Canonical URL of the repository. */
  readonly repository: string;
  readonly number: number;
  readonly historyId: string;
  /** SHA-256 of the line. */
  readonly hash: string;
  readonly backupId: string;
  /** The entry, as it was signed. */
  readonly line: string;
}

const COLUMNS: Columns<HistoryEntryRow> = columnsOf<HistoryEntryRow>({
  repository: text(),
  number: integer(),
  historyId: text(),
  hash: text(),
  backupId: text(),
  line: text(),
});

export class HistoryEntries {
  readonly #session: SqlSession;

  constructor(session: SqlSession) {
    this.#session = session;
  }

  /** Adds an entry, unless another process has added it. */
  async add(entry: HistoryEntryRow): Promise<void> {
    const fields = encodeFields(COLUMNS, entry);
    const names = fields.map(([name]) => name).join(", ");
    const marks = fields.map(() => "?").join(", ");
    await this.#session.run(
      `INSERT INTO history_entries (${names}) VALUES (${marks}) ON CONFLICT (repository, number) DO NOTHING`,
      fields.map(([, value]) => value),
    );
  }

  /** The newest entry. */
  async head(repository: string): Promise<HistoryEntryRow | undefined> {
    return (await this.#select("repository = ? ORDER BY number DESC LIMIT 1", [repository]))[0];
  }

  /** In order. */
  async list(repository: string): Promise<HistoryEntryRow[]> {
    return await this.#select("repository = ? ORDER BY number", [repository]);
  }

  /** The entries of one backup, in order. */
  async ofBackup(repository: string, backupId: string): Promise<HistoryEntryRow[]> {
    return await this.#select("repository = ? AND backup_id = ? ORDER BY number", [repository, backupId]);
  }

  /** Lets a repository that has moved keep its history. */
  async move(from: string, to: string): Promise<void> {
    await this.#session.run("DELETE FROM history_entries WHERE repository = ?", [to]);
    await this.#session.run("UPDATE history_entries SET repository = ? WHERE repository = ?", [to, from]);
  }

  /** Forgets the history of a repository that was replaced on purpose. */
  async forget(repository: string): Promise<void> {
    await this.#session.run("DELETE FROM history_entries WHERE repository = ?", [repository]);
  }

  async #select(where: string, parameters: readonly string[]): Promise<HistoryEntryRow[]> {
    const rows = await this.#session.all(`SELECT * FROM history_entries WHERE ${where}`, parameters);
    return rows.map((row) => decodeRow(COLUMNS, row));
  }
}
