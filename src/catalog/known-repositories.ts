/** Identities of the repositories that this catalog has written to, by URL. */
import type { Clock, SqlSession } from "../ports.js";

export interface KnownRepository {
  /** Canonical URL. */
  readonly url: string;
  /** The identity in its marker. */
  readonly identity: string;
  /** The container that has its marker. */
  readonly container: string;
}

export class KnownRepositories {
  readonly #session: SqlSession;
  readonly #clock: Clock;

  constructor(session: SqlSession, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
  }

  async byUrl(url: string): Promise<KnownRepository | undefined> {
    return (await this.#select("url = ?", url))[0];
  }

  /** More than one if a repository was used by several URLs. */
  async byIdentity(identity: string): Promise<KnownRepository[]> {
    return await this.#select("identity = ?", identity);
  }

  async set({ url, identity, container }: KnownRepository): Promise<void> {
    await this.#session.run(
      "INSERT INTO repositories (url, identity, container, updated_at) VALUES (?, ?, ?, ?) " +
        "ON CONFLICT (url) DO UPDATE SET identity = excluded.identity, container = excluded.container, " +
        "updated_at = excluded.updated_at",
      [url, identity, container, this.#clock.now().toISOString()],
    );
  }

  async remove(url: string): Promise<void> {
    await this.#session.run("DELETE FROM repositories WHERE url = ?", [url]);
  }

  async #select(where: string, value: string): Promise<KnownRepository[]> {
    const sql = `SELECT url, identity, container FROM repositories WHERE ${where} ORDER BY url`;
    const rows = await this.#session.all(sql, [value]);
    return rows.map(({ url, identity, container }) => ({
      url: String(url),
      identity: String(identity),
      container: String(container),
    }));
  }
}
