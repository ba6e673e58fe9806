/**
 * The processes to which `ashlar serve` leaves backups and restores: `ashlar worker run` with the settings of the
 * server. One that dies is replaced. They stop when the channel to this process closes, so also when this one is killed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { sleep } from "../sleep.js";

export interface WorkerProcessesOptions {
  readonly count: number;
  /** The command's words before the verb. */
  readonly settingsWords: readonly string[];
  /** How long operations may take to end once the workers are stopped. */
  readonly graceMs: number;
  /** Receives what the workers print, line by line, and a sentence for each that ends by itself. */
  warn(text: string): void;
}

const RESTART_MS = 1000;
/** For what an operation leaves to clean up, beyond the time that it has to end. */
const END_MS = 15_000;

export class WorkerProcesses {
  readonly #options: WorkerProcessesOptions;
  readonly #stopping = new AbortController();
  readonly #running: readonly Promise<void>[];

  constructor(options: WorkerProcessesOptions) {
    this.#options = options;
    this.#running = Array.from({ length: options.count }, () => this.#keep());
  }

  /** Resolves when all have ended. What they had not finished is in the queue again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running);
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const end = await this.#runOne();
      if (signal.aborted) return;
      if (end === 0)
        return this.#options.warn("a worker was drained; the next start of the server replaces it");
      this.#options.warn(`a worker has ended (${end}); another one takes its place`);
      await sleep(RESTART_MS, signal).catch(() => undefined);
    }
  }

  /** Resolves to the exit code, the signal that ended it, or the reason why it did not start. */
  async #runOne(): Promise<number | string> {
    const { settingsWords, graceMs, warn } = this.#options;
    const words = [...settingsWords, "worker", "run", "--stop-timeout", String(Math.ceil(graceMs / 1000))];
    const child = spawn(process.execPath, [process.argv[1]!, ...words], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    createInterface({ input: child.stderr! }).on("line", (line) => warn(line.replace(/^ashlar: /, "")));
    const stop = (): void => this.#stop(child);
    this.#stopping.signal.addEventListener("abort", stop, { once: true });
    try {
      // Not `close`, which is missing where this side has closed the channel.
      const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
      return code ?? signal ?? "without a code";
    } catch (error) {
      return (error as Error).message;
    } finally {
      this.#stopping.signal.removeEventListener("abort", stop);
    }
  }

  #stop(child: ChildProcess): void {
    if (child.connected) child.disconnect();
    const timer = setTimeout(() => child.kill("SIGKILL"), this.#options.graceMs + END_MS);
    child.once("exit", () => clearTimeout(timer));
  }
}
