/** Real Cinder, one operation in a process of its own, and how much memory that process had at most. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { KIB } from "../../src/units.js";

/** Debian's packages are for the system's interpreter. */
const PYTHON = "/usr/bin/python3";
const DRIVER: string = fileURLToPath(new URL("../../../test/interop/cinder_driver.py", import.meta.url));

export interface CinderFigures {
  /** Bytes before the operation, and at most. */
  readonly idle: number;
  readonly peak: number;
  readonly seconds: number;
}

/** Version of the installed Cinder; `undefined` where there is none. */
export async function cinderVersion(): Promise<string | undefined> {
  const child = spawn(PYTHON, ["-c", "from cinder import version; print(version.version_string())"]);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (data: string) => {
    text += data;
  });
  const failed = once(child, "error").then(() => [1]);
  const [code] = (await Promise.race([once(child, "close"), failed])) as [number];
  return code === 0 ? text.trim() : undefined;
}

/** Runs one operation. @throws Error when Cinder refuses it */
export async function runCinder(state: string, operation: object): Promise<CinderFigures> {
  const child = spawn(PYTHON, ["-B", DRIVER, "--state", state, "serve"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const closed = once(child, "close");
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (request: object): Promise<void> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value } = await answers.next();
    const reply = JSON.parse(value ?? '{"error":{"message":"it ended"}}') as { error?: { message: string } };
    if (reply.error !== undefined) throw new Error(`Cinder: ${reply.error.message}`);
  };
  try {
    // Any answer means that it has started.
    await ask({ op: "list" });
    const idle = await statusOf(child.pid!, "VmRSS");
    const start = performance.now();
    await ask(operation);
    const seconds = (performance.now() - start) / 1000;
    return { idle, peak: await statusOf(child.pid!, "VmHWM"), seconds };
  } finally {
    child.stdin.end();
    await closed;
  }
}

/** A field of `/proc/PID/status`, in bytes. */
async function statusOf(pid: number, field: "VmRSS" | "VmHWM"): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) * KIB;
}
