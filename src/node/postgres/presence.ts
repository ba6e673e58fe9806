/**
 * Proof that a process is there, for hosts that cannot see it: a row that it renews. Its age is measured by the server's
 * clock alone, so the clocks of hosts do not matter. Renewals wait for no transaction.
 */
import type { Lane } from "./lane.js";

export const PRESENCE_TABLE =
  "CREATE TABLE IF NOT EXISTS ashlar_processes (holder TEXT PRIMARY KEY, renewed_at TIMESTAMPTZ NOT NULL)";

const RENEW_MS = 5000;
/** Several renewals, and time for a server to restart. */
const LEASE_SECONDS = 30;
const KEPT_DAYS = 7;

export class PostgresPresence {
  readonly #lane: Lane;
  readonly #holder: string;
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> | undefined;

  /** @param lane of a connection whose transactions only read unless they say otherwise */
  constructor(lane: Lane, holder: string) {
    this.#lane = lane;
    this.#holder = holder;
  }

  /** Adds this process's row and begins to renew it; does nothing the second time. */
  async announce(): Promise<void> {
    if (this.#timer !== undefined) return;
    const old = `DELETE FROM ashlar_processes WHERE renewed_at < clock_timestamp() - interval '${KEPT_DAYS} days'`;
    await this.#write([old, this.#renewal()]);
    this.#timer ??= setInterval(() => this.#tick(), RENEW_MS).unref();
  }

  /** Whether that process has renewed its row in time; `undefined` if it has none. */
  async isAlive(holder: string): Promise<boolean | undefined> {
    if (holder === this.#holder) return true;
    const sql = `SELECT renewed_at > clock_timestamp() - interval '${LEASE_SECONDS} seconds' AS alive FROM ashlar_processes WHERE holder = ?`;
    const [row] = await this.#lane.push((connection) => connection.all(sql, [holder]));
    return row && (row.alive as unknown as boolean);
  }

  /** Hosts of the other processes that have renewed their rows in time. */
  async others(): Promise<string[]> {
    const sql = `SELECT DISTINCT split_part(holder, '/', 1) AS host FROM ashlar_processes WHERE holder <> ? AND renewed_at > clock_timestamp() - interval '${LEASE_SECONDS} seconds' ORDER BY host`;
    const rows = await this.#lane.push((connection) => connection.all(sql, [this.#holder]));
    return rows.map(({ host }) => String(host));
  }

  /** Removes the row; does nothing the second time. */
  async close(): Promise<void> {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#renewing;
    // A row that cannot be removed grows old.
    await this.#write([`DELETE FROM ashlar_processes WHERE holder = ${quoted(this.#holder)}`]).catch(
      () => {},
    );
  }

  #tick(): void {
    // A renewal that failed is followed by the next; a server that is away may keep one for longer than the interval.
    this.#renewing ??= this.#write([this.#renewal()])
      .catch(() => {})
      .finally(() => {
        this.#renewing = undefined;
      });
  }

  #renewal(): string {
    return `INSERT INTO ashlar_processes (holder, renewed_at) VALUES (${quoted(this.#holder)}, clock_timestamp())
      ON CONFLICT (holder) DO UPDATE SET renewed_at = excluded.renewed_at`;
  }

  async #write(statements: readonly string[]): Promise<void> {
    await this.#lane.push((connection) => connection.script(["BEGIN READ WRITE", ...statements, "COMMIT"]));
  }
}

/** A literal; `standard_conforming_strings` is on in every version that is accepted. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
