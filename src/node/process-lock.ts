/**
 * Proof that a process is there: a lock that it holds on a file of its own, next to the catalog, until it ends. The
 * kernel releases the lock with the process and keeps it while the process is stopped, and it is seen across containers
 * and, on a file system that shares locks, across hosts. SQLite takes the lock, since Node has no call for it; so
 * wherever processes can share a catalog safely, they see each other's locks.
 */
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isAshlarError } from "../errors.js";
import type { SqliteConnection } from "./sqlite/connection.js";
import { connect } from "./sqlite/open.js";

/** How long the file of a process that ended without removing it is kept for others to look at. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

export class ProcessLocks {
  readonly #directory: string;
  readonly #holder: string;
  #held: Promise<SqliteConnection> | undefined;

  constructor(directory: string, holder: string) {
    this.#directory = directory;
    this.#holder = holder;
  }

  /** Takes this process's lock; nothing the second time. */
  async announce(): Promise<void> {
    this.#held ??= this.#take();
    await this.#held;
  }

  /** Whether that process holds its lock; `undefined` where it has no file here. */
  async isAlive(holder: string): Promise<boolean | undefined> {
    // A second connection's end would release the lock of the first.
    if (holder === this.#holder) return true;
    const path = this.#pathOf(holder);
    return (await isThere(path)) ? await isLocked(path) : undefined;
  }

  /** Releases the lock: nothing is under way any more. */
  async close(): Promise<void> {
    const connection = await this.#held?.catch(() => undefined);
    this.#held = undefined;
    if (connection === undefined) return;
    await rm(this.#pathOf(this.#holder), { force: true });
    await connection.close();
  }

  async #take(): Promise<SqliteConnection> {
    await mkdir(this.#directory, { recursive: true, mode: 0o770 });
    await this.#removeOld();
    const connection = await connect(this.#pathOf(this.#holder));
    try {
      await connection.run("BEGIN EXCLUSIVE", []);
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  async #removeOld(): Promise<void> {
    const before = Date.now() - KEPT_MS;
    for (const name of await readdir(this.#directory)) {
      const path = join(this.#directory, name);
      const status = await stat(path).catch(() => undefined);
      if (status === undefined || status.mtimeMs > before || (await isLocked(path))) continue;
      await rm(path, { force: true });
    }
  }

  #pathOf(holder: string): string {
    return join(this.#directory, encodeURIComponent(holder));
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function isLocked(path: string): Promise<boolean> {
  const connection = await connect(path);
  try {
    await connection.run("BEGIN EXCLUSIVE", []);
    await connection.run("ROLLBACK", []);
    return false;
  } catch (error) {
    if (isAshlarError(error, "storage") && error.status === "temporary") return true;
    throw error;
  } finally {
    await connection.close();
  }
}
