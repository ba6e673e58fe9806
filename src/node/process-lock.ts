/**
 * Proof that a process is there: a lock that it holds on a file of its own, next to the catalog, until it ends. The
 * kernel releases the lock with the process and keeps it while the process is stopped, and it is seen across containers
 * and, on a file system that shares locks, across hosts. SQLite takes the lock, since Node has no call for it; so
 * wherever processes can share a catalog safely, they see each other's locks.
 */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isAshlarError } from "../errors.js";
import { nodeFileSystem } from "./files/file-system.js";
import type { SqliteConnection } from "./sqlite/connection.js";
import { connect } from "./sqlite/open.js";

/** How long the file of a process that ended without removing it is kept for others to look at. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

/** A lock that this process holds, and how many of its services rely on it. */
interface HeldLock {
  readonly connection: Promise<SqliteConnection>;
  users: number;
  /** Settles once the lock is released; set when the last user has left. */
  released?: Promise<void>;
}

/** By path. Services of one process have one name and so one file, which can be locked only once. */
const heldLocks = new Map<string, HeldLock>();

export class ProcessLocks {
  readonly #directory: string;
  readonly #holder: string;
  #held: HeldLock | undefined;

  constructor(directory: string, holder: string) {
    this.#directory = directory;
    this.#holder = holder;
  }

  /** Takes this process's lock; does nothing the second time. */
  async announce(): Promise<void> {
    this.#held ??= await this.#join();
    try {
      await this.#held.connection;
    } catch (error) {
      this.#held = undefined;
      throw error;
    }
  }

  /** Whether that process holds its lock; `undefined` where it has no file here. */
  async isAlive(holder: string): Promise<boolean | undefined> {
    // Closing a second connection would release the lock of the first.
    if (holder === this.#holder) return true;
    const path = this.#pathOf(holder);
    return (await isThere(path)) ? await isLocked(path) : undefined;
  }

  /** Releases the lock, if no other service of this process relies on it. */
  async close(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined || --held.users > 0) return;
    held.released = this.#release(held);
    await held.released;
  }

  /** Joins the lock that this process holds, or takes it. */
  async #join(): Promise<HeldLock> {
    const path = this.#pathOf(this.#holder);
    for (let held = heldLocks.get(path); held !== undefined; held = heldLocks.get(path)) {
      if (held.released === undefined) {
        held.users++;
        return held;
      }
      await held.released;
    }
    const taken: HeldLock = { connection: this.#take(), users: 1 };
    heldLocks.set(path, taken);
    taken.connection.catch(() => heldLocks.delete(path));
    return taken;
  }

  async #release(held: HeldLock): Promise<void> {
    const path = this.#pathOf(this.#holder);
    try {
      await rm(path, { force: true });
      await (await held.connection).close();
    } finally {
      heldLocks.delete(path);
    }
  }

  async #take(): Promise<SqliteConnection> {
    await nodeFileSystem.makeDirectory(this.#directory);
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
