/** Servers of other projects as child processes: in the foreground, with their output kept for when something is wrong. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const OUTPUT_KEPT = 8000;

export interface Daemon {
  readonly process: ChildProcess;
  /** The last of what it printed. */
  output(): string;
  /** Ends it and waits until it has ended. */
  stop(): Promise<void>;
}

export function startDaemon(
  command: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Daemon {
  const process = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...globalThis.process.env, ...environment },
  });
  let output = "";
  const keep = (bytes: Buffer): void => {
    output = (output + bytes.toString()).slice(-OUTPUT_KEPT);
  };
  process.stdout.on("data", keep);
  process.stderr.on("data", keep);
  process.on("error", (error) => keep(Buffer.from(`${command}: ${error.message}`)));
  return {
    process,
    output: () => output,
    async stop() {
      const isOver = (): boolean =>
        process.pid === undefined || process.exitCode !== null || process.signalCode !== null;
      if (isOver()) return;
      const ended = new Promise<void>((resolve) => process.once("exit", () => resolve()));
      process.kill("SIGTERM");
      const killer = globalThis.setTimeout(() => process.kill("SIGKILL"), 20_000);
      await ended;
      clearTimeout(killer);
    },
  };
}

/** Calls `isReady` until it says so. @throws Error with the daemon's output when it has ended, or takes too long */
export async function untilReady(
  what: string,
  isReady: () => Promise<boolean>,
  { daemon, timeoutMs = 120_000 }: { daemon?: Daemon; timeoutMs?: number } = {},
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await isReady().catch(() => false))) {
    const isOver =
      daemon !== undefined && (daemon.process.exitCode !== null || daemon.process.pid === undefined);
    if (isOver || performance.now() > end) throw new Error(`${what} is not ready: ${daemon?.output() ?? ""}`);
    await sleep(200);
  }
}

const execute = promisify(execFile);

/** What the program prints. @throws Error with what it printed when it fails */
export async function run(
  command: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<string> {
  const options = { env: { ...process.env, ...environment }, maxBuffer: 64 * 1024 * 1024 };
  return (await execute(command, args, options)).stdout;
}
