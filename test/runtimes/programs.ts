/** The programs of other runtimes: how each is found, told to run the suite, and ended. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { SuiteRequest } from "../portable/run.js";
import { bundlePage, bundleWorker } from "./bundles.js";
import { CHROMIUM_FLAGS } from "./chromium-flags.js";
import { startDriver } from "./driver.js";
import { runPageTests } from "./page/main.js";
import type { Answer } from "./protocol.js";
import { runUiTests } from "./ui/main.js";

/** Minutes are for a machine that does much else. */
const TIMEOUT_MS = 300_000;
const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));
const ZSTD_PACKAGE: string = join(
  dirname(createRequire(import.meta.url).resolve("@bokuweb/zstd-wasm")),
  "../..",
);
const COMMAND: string = fileURLToPath(new URL("command-entry.js", import.meta.url));

export interface RuntimeProgram {
  readonly name: string;
  /** @throws Error when the program is not installed */
  version(): Promise<string>;
  /** @param directory for files of this run alone */
  run(request: SuiteRequest, directory: string): Promise<Answer>;
}

async function output(file: string, parameters: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(file, [...parameters], { timeout: 60_000 });
  return stdout;
}

/** The number in what a program prints as its version. */
async function versionOf(file: string, parameters: readonly string[] = ["--version"]): Promise<string> {
  const text = await output(file, parameters);
  return /\d+(\.\d+|-\d\d)+/.exec(text)?.[0] ?? text.trim();
}

interface Running {
  readonly child: ChildProcess;
  /** The end of what it has said on standard error. */
  said(): string;
}

/** Starts a program, and ends it when `work` has, or says how the program ended before. */
async function during(
  file: string,
  parameters: readonly string[],
  work: (running: Running) => Promise<Answer>,
): Promise<Answer> {
  const child = spawn(file, parameters, { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr!.on("data", (bytes) => {
    said = (said + bytes).slice(-4000);
  });
  const ended = new Promise<Answer>((resolve) => {
    child.once("error", (error) => resolve({ error: String(error) }));
    child.once("exit", (code) => resolve({ error: `${file} ended with status ${code}\n${said}` }));
  });
  const controller = new AbortController();
  const late = new Promise<Answer>((resolve) => {
    const timer = setTimeout(() => resolve({ error: `${file} took too long\n${said}` }), TIMEOUT_MS);
    controller.signal.addEventListener("abort", () => clearTimeout(timer));
  });
  try {
    return await Promise.race([work({ child, said: () => said }), ended, late]);
  } finally {
    controller.abort();
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
}

/** How Web Workers are given bytes: in memory that all threads share, or as copies. */
type Threads = "shared" | "copied";

/** A runtime that runs the compiled suite as it is, on one thread unless told otherwise. */
function command(
  name: string,
  file: string,
  parameters: (url: string) => readonly string[],
  threads?: Threads,
): RuntimeProgram {
  return {
    name,
    version: () => versionOf(file),
    async run(request, directory) {
      await using driver = await startDriver(request, { directory });
      const told = [COMMAND, driver.url, ...(threads === undefined ? [] : [threads])];
      return await during(file, [...parameters(driver.url), ...told], async () => driver.answer);
    },
  };
}

/** A page with the suite in it, which is cross-origin isolated where its workers are to share memory. */
function chromium(name: string, threads?: Threads): RuntimeProgram {
  return {
    name,
    version: () => versionOf("chromium", ["--version", "--no-sandbox"]),
    run: (request, directory) => runPage(request, directory, threads),
  };
}

async function runPage(request: SuiteRequest, directory: string, threads?: Threads): Promise<Answer> {
  await bundlePage(directory);
  await using driver = await startDriver(request, { directory, isolated: threads === "shared" });
  const url = threads === undefined ? driver.url : `${driver.url}/?threads=${threads}`;
  const flags = [
    ...CHROMIUM_FLAGS,
    `--user-data-dir=${join(directory, "profile")}`,
    "--remote-debugging-port=0",
  ];
  return await during("chromium", [...flags, url], async () => driver.answer);
}

const workerd: RuntimeProgram = {
  name: "workerd",
  version: () => versionOf("workerd"),
  async run(request, directory) {
    const port = await freePort();
    await bundleWorker(directory, port);
    const serve = ["serve", join(directory, "config.capnp")];
    await using stores = await startDriver(request, { directory });
    const told = { ...request, storeUrl: stores.url };
    return await during("workerd", serve, (running) => askWorker(running, port, told));
  },
};

async function askWorker({ child, said }: Running, port: number, request: SuiteRequest): Promise<Answer> {
  const body = JSON.stringify(request);
  for (;;) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}`, { method: "POST", body });
      const text = await response.text();
      if (response.ok) return JSON.parse(text) as Answer;
      // What went wrong is said on standard error, by a process that may need a moment to say it.
      await new Promise((resolve) => setTimeout(resolve, 500));
      return { error: `${text}\n${said()}` };
    } catch (error) {
      // It is not listening yet, unless it has ended, which whoever started it sees.
      if (child.exitCode !== null || child.signalCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

/** Deno may read zstd's module, which its package does by itself, and talk to the driver, and nothing else. */
function denoParameters(url: string): string[] {
  const net = `--allow-net=${new URL(url).host}`;
  return ["run", "--no-prompt", "--cached-only", `--allow-read=${ZSTD_PACKAGE}`, net];
}

const onePage: RuntimeProgram = chromium("chromium");

/** The example of a page, which runs no suite. */
const page: RuntimeProgram = {
  name: "page",
  version: onePage.version,
  run: async (_, directory) => ({ report: await runPageTests(directory) }),
};

/** The dashboard of a served API, which runs no suite. */
const ui: RuntimeProgram = {
  name: "ui",
  version: onePage.version,
  run: async (_, directory) => ({ report: await runUiTests(directory) }),
};

/** A worker's script is read by the worker. */
function denoWorkerParameters(url: string): string[] {
  return [...denoParameters(url), `--allow-read=${ROOT}`];
}

export const PROGRAMS: readonly RuntimeProgram[] = [
  command("node", process.execPath, () => []),
  ...["node22", "node24", "node26"].map((name) => command(name, name, () => [])),
  command("deno", "deno", denoParameters),
  command("bun", "bun", () => ["run"]),
  workerd,
  onePage,
  chromium("chromium-shared", "shared"),
  chromium("chromium-copied", "copied"),
  command("deno-shared", "deno", denoWorkerParameters, "shared"),
  command("deno-copied", "deno", denoWorkerParameters, "copied"),
  page,
  ui,
];
