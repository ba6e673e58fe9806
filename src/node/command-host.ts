/** This process as the command's host. Modules that only some verbs need are loaded late, for a quick start. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { CommandHost, StopSignal } from "../cli/host.js";
import { StorageError } from "../errors.js";
import { nodeClock } from "./clock.js";
import { nodePaths } from "./paths.js";

const SIGNALS: readonly StopSignal[] = ["SIGHUP", "SIGINT", "SIGTERM"];
const COLUMNS_USUAL = 80;

export function processHost(): CommandHost {
  // Without listeners, a closed pipe would end the process with a stack trace.
  process.stdout.on("error", ignoreError);
  process.stderr.on("error", ignoreError);
  return {
    get version() {
      const description = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
      return (JSON.parse(description) as { version: string }).version;
    },
    environment: process.env,
    get homeDirectory() {
      return homedir();
    },
    clock: nodeClock,
    screen: {
      write(text) {
        process.stderr.write(text);
      },
      get isTerminal() {
        // A dumb terminal has no escape sequences to overwrite a line.
        return process.stderr.isTTY === true && process.env.TERM !== "dumb";
      },
      get columns() {
        return process.stderr.columns || COLUMNS_USUAL;
      },
    },
    get tableWidth() {
      return process.stdout.columns || givenColumns() || COLUMNS_USUAL;
    },
    print: printToStandardOutput,
    readTextFile: (path) => readFile(path, "utf8"),
    readStandardInput,
    openVolumeInput: async () => (await import("./standard-streams.js")).standardInput(),
    openVolumeOutput: async () => (await import("./standard-streams.js")).standardOutput(),
    resolvePath: (path) => resolve(path),
    fileUrl: (path) => pathToFileURL(resolve(path)).href,
    every(intervalMs, tick) {
      const timer = setInterval(tick, intervalMs).unref();
      return () => clearInterval(timer);
    },
    onSignal,
    exit: (code) => process.exit(code),
    async loadCodecs(levels) {
      const { nodeRuntime } = await import("./runtime.js");
      return (await nodeRuntime("auto", levels)).codecs;
    },
    async openBatchHost() {
      const { nodeBatchHost } = await import("./batch-host.js");
      return nodeBatchHost;
    },
    async openBenchmarkHost() {
      const { nodeBenchmarkHost } = await import("./benchmark-host.js");
      return nodeBenchmarkHost;
    },
    async copyCatalog(copy) {
      const { copyNodeCatalog } = await import("./copy-catalog.js");
      return await copyNodeCatalog(copy);
    },
    async openService(settings, options) {
      const { openNodeService } = await import("./service.js");
      return await openNodeService(settings, options);
    },
    async openSink(repository, options) {
      const { openRepositories } = await import("./repositories.js");
      const { canonicalUrl } = await import("../sinks/open.js");
      const repositories = await openRepositories(options);
      const sink = await repositories.open(await canonicalUrl(repository, nodePaths));
      return { sink, close: () => repositories.close() };
    },
    async serveImages(repository, options) {
      const { serveImages } = await import("./http/serve-images.js");
      await serveImages(repository, options);
    },
    async serveApi(settings, options) {
      const { serveApi } = await import("./http/serve-api.js");
      await serveApi(settings, options);
    },
  };
}

/** The width that the user's shell sets, for output that goes through a pipe: `COLUMNS=200 ashlar … | less -S`. */
function givenColumns(): number {
  const text = process.env.COLUMNS ?? "";
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 0;
}

function ignoreError(): void {
  // `printToStandardOutput` reports to its caller; failed output to standard error can be reported nowhere.
}

async function printToStandardOutput(text: string): Promise<void> {
  await new Promise<void>((done, fail) => {
    process.stdout.write(text, (error) => {
      // The reader has seen enough: `ashlar … | head -1`.
      if (error == null || (error as NodeJS.ErrnoException).code === "EPIPE") done();
      else fail(new StorageError("Cannot write to standard output", { call: "write", cause: error }));
    });
  });
}

async function readStandardInput(): Promise<string> {
  let text = "";
  process.stdin.setEncoding("utf8");
  for await (const part of process.stdin) text += part;
  return text;
}

function onSignal(listener: (signal: StopSignal) => void): () => void {
  if (process.channel !== undefined) return onChannelEnd(listener);
  const listeners = SIGNALS.map((signal) => [signal, () => listener(signal)] as const);
  for (const [signal, call] of listeners) process.on(signal, call);
  return () => {
    for (const [signal, call] of listeners) process.off(signal, call);
  };
}

/**
 * For a process that another one has started, with a channel, and that ends with it: once. The system may send a signal
 * to both, so a second one does not mean haste.
 */
function onChannelEnd(listener: (signal: StopSignal) => void): () => void {
  const { channel } = process;
  let hasStopped = false;
  const stop = (): void => {
    if (!hasStopped) listener("SIGTERM");
    hasStopped = true;
  };
  process.on("disconnect", stop);
  // The listener alone would keep the process alive.
  channel?.unref();
  for (const signal of SIGNALS) process.on(signal, stop);
  return () => {
    process.off("disconnect", stop);
    for (const signal of SIGNALS) process.off(signal, stop);
  };
}
