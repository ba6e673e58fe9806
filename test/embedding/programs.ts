/** How a program of the guide is run by each runtime, in a project that has the package installed. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { build, type Plugin } from "esbuild";
import { startLoopbackServer } from "../helpers/loopback-server.js";
import { CHROMIUM_FLAGS } from "../runtimes/chromium-flags.js";
import { freePorts } from "../stores/python-server.js";

const TIMEOUT_MS = 120_000;

/** Runs `program.mjs` of a directory; resolves to what it prints, or answers. */
export type RunProgram = (directory: string) => Promise<string>;

/** By the names that the guide has. */
export const RUNTIMES: Readonly<Record<string, RunProgram>> = {
  node: byCommand(process.execPath),
  deno: byCommand("deno", "run", "--allow-read", "--allow-env"),
  bun: byCommand("bun", "run"),
  chromium: inPage,
  workerd: atEdge,
};

function byCommand(command: string, ...options: readonly string[]): RunProgram {
  return async (directory) => {
    const settings = { cwd: directory, timeout: TIMEOUT_MS };
    const { stdout } = await promisify(execFile)(command, [...options, "program.mjs"], settings);
    return stdout.trim();
  };
}

/** Bundled; what it says on the console is what it prints. */
async function inPage(directory: string): Promise<string> {
  const bundle = join(directory, "page.js");
  await build({
    ...{ entryPoints: [join(directory, "program.mjs")], outfile: bundle, bundle: true, format: "esm" },
    banner: { js: 'console.log = (words) => fetch("/said", { method: "POST", body: words });' },
  });
  const script = await readFile(bundle);
  const said = deferred();
  await using server = await startLoopbackServer((request, response) => {
    if (request.url === "/said") text(request).then(said.resolve, said.reject);
    const isScript = request.url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>');
  });
  const { url } = server;
  const flags = [...CHROMIUM_FLAGS, `--user-data-dir=${join(directory, "profile")}`];
  return await during("chromium", [...flags, "--remote-debugging-port=0", url], () => said.promise);
}

/** Bundled with its kernels beside it; what it answers is what it prints. */
async function atEdge(directory: string): Promise<string> {
  const kernels: string[] = [];
  await build({
    ...{ entryPoints: [join(directory, "program.mjs")], outfile: join(directory, "worker.js"), bundle: true },
    ...{ format: "esm", platform: "browser", conditions: ["workerd"], logLevel: "error" },
    define: { "import.meta.url": JSON.stringify("file:///worker.js") },
    plugins: [leaveKernels(kernels)],
  });
  const [port = 0] = await freePorts(1);
  const modules = kernels.map((name) => `(name = "${name}", wasm = embed "${name}")`);
  await writeFile(
    join(directory, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker.js", esModule = embed "worker.js"), ${modules.join(", ")}],
    compatibilityDate = "2026-01-01",
  ))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`,
  );
  return await during("workerd", ["serve", join(directory, "config.capnp")], () => answerOf(port));
}

/** Files that are imported as modules of WebAssembly stay files. */
function leaveKernels(kernels: string[]): Plugin {
  return {
    name: "kernels",
    setup({ onResolve, resolve }) {
      onResolve({ filter: /\.wasm$/ }, async ({ path, resolveDir, pluginData }) => {
        if (pluginData === "resolving") return undefined;
        const name = basename(path);
        const found = await resolve(path, { resolveDir, kind: "import-statement", pluginData: "resolving" });
        await copyFile(found.path, join(resolveDir, name));
        kernels.push(name);
        return { path: `./${name}`, external: true };
      });
    },
  };
}

async function answerOf(port: number): Promise<string> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}`).catch(() => undefined);
    if (response !== undefined) return await response.text();
    await sleep(100);
  }
}

/** Starts a program, and ends it when `work` is done, or when it took too long. */
async function during(
  command: string,
  options: readonly string[],
  work: () => Promise<string>,
): Promise<string> {
  const child: ChildProcess = spawn(command, options, { stdio: ["ignore", "ignore", "pipe"] });
  const words = text(child.stderr!);
  const ended = once(child, "exit").then(async ([code]) => {
    throw new Error(`${command} ended with ${code}: ${(await words).slice(-2000)}`);
  });
  const late = sleep(TIMEOUT_MS, undefined, { ref: false }).then(() => {
    throw new Error(`${command} took too long`);
  });
  try {
    return await Promise.race([work(), ended, late]);
  } finally {
    ended.catch(() => {});
    late.catch(() => {});
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
}

/** A promise and what settles it, which Node 20 cannot make by itself. */
function deferred(): {
  promise: Promise<string>;
  resolve: (words: string) => void;
  reject: (error: unknown) => void;
} {
  let resolve: (words: string) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<string>((settle, refuse) => {
    resolve = settle;
    reject = refuse;
  });
  return { promise, resolve, reject };
}
