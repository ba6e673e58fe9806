/** A program with its arguments, and running it where its time does not count. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";

export interface Command {
  /** The program and its arguments. */
  readonly argv: readonly string[];
  /** Added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** Path of the file that standard output goes to; without it the output is kept for the outcome. */
  readonly output?: string;
}

export interface Outcome {
  /** `null` where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Seconds from its start to its end. */
  readonly seconds: number;
}

export interface ExecuteOptions {
  /** It is ended after that long. @default 600000 */
  readonly timeoutMs?: number;
}

/** Of an error's text: a tool's last words are the ones that say why. */
const WORDS_MAX = 600;

/** Runs it to its end, whatever that is. */
export async function execute(command: Command, options: ExecuteOptions = {}): Promise<Outcome> {
  const [program, ...args] = command.argv;
  const file = command.output === undefined ? undefined : await open(command.output, "w");
  try {
    const start = performance.now();
    const child = spawn(program!, args, {
      stdio: ["ignore", file?.fd ?? "pipe", "pipe"],
      env: { ...process.env, ...command.environment },
      ...(command.directory === undefined ? {} : { cwd: command.directory }),
      // A group of its own, so that what it started ends with it.
      detached: true,
    });
    const timer = setTimeout(
      () => child.pid && process.kill(-child.pid, "SIGKILL"),
      options.timeoutMs ?? 600_000,
    );
    const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
    const exited = once(child, "exit").then(() => (performance.now() - start) / 1000);
    try {
      // Where the program is missing there is an error, and no exit.
      const [seconds] = await Promise.all([exited, once(child, "close")]);
      return { code: child.exitCode, stdout: stdout.text, stderr: stderr.text, seconds };
    } finally {
      clearTimeout(timer);
    }
  } finally {
    await file?.close();
  }
}

/** Runs it where it must succeed, and returns its standard output. @throws Error with its last words */
export async function run(command: Command): Promise<string> {
  const outcome = await execute(command);
  if (outcome.code !== 0) throw new Error(failureOf(command, outcome));
  return outcome.stdout;
}

export function failureOf({ argv }: Command, { code, stderr }: Outcome): string {
  const end = code === null ? "was ended" : `ended with ${code}`;
  return `${argv.slice(0, 3).join(" ")} … ${end}: ${stderr.trim().slice(-WORDS_MAX)}`;
}

function textOf(stream: NodeJS.ReadableStream | null): { text: string } {
  const gathered = { text: "" };
  stream?.setEncoding("utf8");
  stream?.on("data", (data: string) => {
    gathered.text += data;
  });
  return gathered;
}
