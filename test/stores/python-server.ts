/** Servers from Debian's packages that a test starts, each a process that ends with its standard input. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Debian's packages are for the system's interpreter, whichever other one is first on the path. */
const PYTHON = "/usr/bin/python3";
const STARTING_MS = 120_000;

export interface PythonServer {
  readonly directory: string;
  stop(): Promise<void>;
}

/**
 * Starts `script` of this folder with a new directory and `options` as JSON, and waits until every URL of `ready`
 * answers, whatever it says.
 */
export async function startPython(
  script: string,
  options: object,
  ready: readonly string[],
): Promise<PythonServer> {
  const directory = await mkdtemp(join(tmpdir(), "ashlar-server-"));
  const path = fileURLToPath(new URL(`../../../test/stores/${script}`, import.meta.url));
  const child = spawn(PYTHON, ["-B", path, directory, JSON.stringify(options)], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let talk = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      talk = (talk + text).slice(-8000);
    });
  }
  // A write to a process that has ended shows in its exit code.
  child.stdin.on("error", () => undefined);
  const closed = once(child, "close");
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await closed;
    await rm(directory, { recursive: true, force: true });
  };
  const deadline = Date.now() + STARTING_MS;
  for (const url of ready) {
    while (!(await answers(url))) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await stop();
        throw new Error(`${script} did not start:\n${talk}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return { directory, stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}

/** Ports on loopback that nobody listened on a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
