/**
 * Commands of plans, as processes of their own process groups: Ctrl-C on a terminal does not reach them, and a command
 * that takes too long is killed together with its children.
 *
 * An armed command waits in a shell for a word on its standard input, or for its end: when this process is gone, even
 * if it was killed, the pipe is closed and the command runs, after the command that it follows was killed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { ArmedHook, HookOutcome, HookRequest, HookRunner } from "../batch/hooks.js";
import { StorageError } from "../errors.js";

/** Characters of a failed command's last words. */
const WORDS_MAX = 500;
const WORDS_MS = 200;
/** Without a process to read its output, a command that prints must not be ended by a closed pipe. */
const ARMED = `group=
while read -r word value; do
  case $word in
    follow) group=$value ;;
    run) exec "$@" ;;
  esac
done
if [ -n "$group" ]; then kill -s KILL -- "-$group" 2>/dev/null; fi
exec "$@" >/dev/null 2>&1`;

/** Waits for a word on standard input; without it, this process has died, and the command is not run. */
const HELD = 'read -r word || exit 125; exec "$@" </dev/null';

export const nodeHooks: HookRunner = {
  async run(request, { signal, armed = [] } = {}) {
    const started = armed.length === 0 ? startNow(request) : startFollowed(request, armed);
    const outcome = await settle(started, request, signal);
    for (const hook of armed) hook.follow(undefined);
    return outcome;
  },
  async arm(request) {
    const waiting = start("/bin/sh", ["-c", ARMED, "ashlar", ...request.argv], request, "pipe");
    await new Promise<void>((resolve, reject) => {
      waiting.child.once("spawn", resolve);
      waiting.child.once("error", (cause) =>
        reject(new StorageError(`Cannot start a hook: ${cause.message}`, { call: "spawn", cause })),
      );
    });
    return new WaitingHook(waiting, request);
  },
};

function startNow(request: HookRequest): Started {
  const [program = "", ...args] = request.argv;
  return start(program, args, request, "ignore");
}

/** Starts a command that the armed ones know of before it does anything. */
function startFollowed(request: HookRequest, armed: readonly ArmedHook[]): Started {
  const started = start("/bin/sh", ["-c", HELD, "ashlar", ...request.argv], request, "pipe");
  for (const hook of armed) hook.follow(started.child.pid);
  started.child.stdin?.end("go\n");
  return started;
}

interface Started {
  readonly child: ChildProcess;
  /** The end of what it printed on standard error. */
  words(): string;
}

class WaitingHook implements ArmedHook {
  readonly #waiting: Started;
  readonly #request: HookRequest;
  #outcome: Promise<HookOutcome> | undefined;

  constructor(waiting: Started, request: HookRequest) {
    this.#waiting = waiting;
    this.#request = request;
  }

  follow(processGroup: number | undefined): void {
    this.#waiting.child.stdin?.write(`follow ${processGroup ?? ""}\n`);
  }

  run(): Promise<HookOutcome> {
    if (this.#outcome === undefined) {
      this.#outcome = settle(this.#waiting, this.#request, undefined);
      this.#waiting.child.stdin?.end("run\n");
    }
    return this.#outcome;
  }
}

function start(
  program: string,
  args: readonly string[],
  { environment }: HookRequest,
  stdin: "ignore" | "pipe",
): Started {
  const child = spawn(program, args, {
    detached: true,
    stdio: [stdin, "ignore", "pipe"],
    env: { ...process.env, ...environment },
  });
  let words = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(-WORDS_MAX);
  });
  // A shell that was killed while it waited is found by its exit code.
  child.stdin?.on("error", () => undefined);
  return { child, words: () => words.trim().replaceAll(/\s+/g, " ") };
}

async function settle(
  { child, words }: Started,
  { timeoutMs }: HookRequest,
  signal: AbortSignal | undefined,
): Promise<HookOutcome> {
  let cause: string | undefined;
  const end = (why: string): void => {
    cause ??= why;
    kill(child);
  };
  const timer = setTimeout(() => end(`time-out of ${timeoutMs / 1000} s`), timeoutMs);
  const stop = (): void => end("stopped");
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  try {
    const failure = await ended(child);
    await lastWords(child);
    const reason = cause ?? failure;
    if (reason === undefined) return { failure: undefined };
    return { failure: words() === "" ? reason : `${reason}: ${words()}` };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** Resolves when the process has ended: `undefined` if it succeeded. Its children may still hold its output open. */
async function ended(child: ChildProcess): Promise<string | undefined> {
  const describe = (code: number | null, signal: NodeJS.Signals | null): string | undefined =>
    code === 0 ? undefined : code === null ? `ended by ${signal}` : `exit code ${code}`;
  if (child.exitCode !== null || child.signalCode !== null) return describe(child.exitCode, child.signalCode);
  return await new Promise((resolve) => {
    child.once("error", ({ message }) => resolve(message));
    child.once("exit", (code, signal) => resolve(describe(code, signal)));
  });
}

/** Waits a moment for what the process has printed, but not for a child of it that keeps its output open. */
async function lastWords({ stderr }: ChildProcess): Promise<void> {
  if (stderr === null || stderr.readableEnded) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, WORDS_MS);
    stderr.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
  stderr.destroy();
}

/** Kills the process group, whose number is that of the process. */
function kill({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
