/** One connection and its tasks, one at a time; a task whose connection is lost runs again on another. */
import { setTimeout as sleep } from "node:timers/promises";
import { isAshlarError } from "../../errors.js";
import { SerialQueue } from "../sql/serial-queue.js";
import type { PostgresConnection } from "./connection.js";

/** How long calls try to reach a server that has gone, e.g. while it is restarted. It counts for all that wait. */
const RETRY_MS = 30_000;
const PAUSE_MAX_MS = 2000;

export function isTemporary(error: unknown): boolean {
  return isAshlarError(error, "storage") && error.status === "temporary";
}

export class Lane {
  readonly #open: () => Promise<PostgresConnection>;
  readonly #queue = new SerialQueue();
  #connection: PostgresConnection | undefined;
  /** Since when no task has succeeded; `undefined` after one that has. */
  #failingMs: number | undefined;

  constructor(open: () => Promise<PostgresConnection>) {
    this.#open = open;
  }

  async connection(): Promise<PostgresConnection> {
    if (this.#connection?.isBroken) {
      await this.#connection.close();
      this.#connection = undefined;
    }
    this.#connection ??= await this.#open();
    return this.#connection;
  }

  push<T>(task: (connection: PostgresConnection) => Promise<T>): Promise<T> {
    return this.#queue.push(() => this.#retry(async () => await task(await this.connection())));
  }

  async close(): Promise<void> {
    await this.#queue.push(async () => await this.#connection?.close());
  }

  async #retry<T>(attempt: () => Promise<T>): Promise<T> {
    for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS)) {
      try {
        const result = await attempt();
        this.#failingMs = undefined;
        return result;
      } catch (error) {
        if (!isTemporary(error)) {
          this.#failingMs = undefined;
          throw error;
        }
        this.#failingMs ??= performance.now();
        if (performance.now() - this.#failingMs >= RETRY_MS) throw error;
      }
      // Randomized, so that not all processes return at the same moment.
      await sleep(pauseMs * (0.5 + Math.random()));
    }
  }
}
