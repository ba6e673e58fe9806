/** The edge example on the runtimes that it is for, each as a server of its own. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Daemon, run, startDaemon, untilReady } from "./daemon.js";
import { freePorts } from "./python-server.js";

const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));
const MODULE: string = join(ROOT, "build/examples/edge/edge.js");

export const EDGE_RUNTIMES = ["workerd", "deno", "bun"] as const;
export type EdgeRuntime = (typeof EDGE_RUNTIMES)[number];

export interface EdgeServer {
  readonly url: string;
  /** The most bytes of memory that the process has had, everything included. */
  residentPeak(): Promise<number>;
  stop(): Promise<void>;
}

/** @param directory for files of this server alone */
export async function startEdge(
  runtime: EdgeRuntime,
  settings: Readonly<Record<string, string>>,
  directory: string,
): Promise<EdgeServer> {
  const [port = 0] = await freePorts(1);
  const daemon = await START[runtime](port, settings, directory);
  const url = `http://127.0.0.1:${port}`;
  await untilReady(runtime, async () => (await fetch(url)).status === 401, { daemon, timeoutMs: 30_000 });
  return {
    url,
    async residentPeak() {
      const status = await readFile(`/proc/${daemon.process.pid}/status`, "utf8");
      return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]);
    },
    stop: () => daemon.stop(),
  };
}

type Start = (port: number, settings: Readonly<Record<string, string>>, directory: string) => Promise<Daemon>;

const START: Readonly<Record<EdgeRuntime, Start>> = {
  async workerd(port, settings, directory) {
    await run(process.execPath, [join(ROOT, "examples/edge/bundle.js"), directory]);
    const file = join(directory, "config.capnp");
    const config = await readFile(file, "utf8");
    await writeFile(file, config.replace("127.0.0.1:8460", `127.0.0.1:${port}`));
    return startDaemon("workerd", ["serve", file], settings);
  },
  async deno(port, settings) {
    const allowed = ["--allow-net", "--allow-env"];
    const args = ["serve", "--no-prompt", "--cached-only", ...allowed, "--host", "127.0.0.1"];
    return startDaemon("deno", [...args, "--port", String(port), MODULE], settings);
  },
  async bun(port, settings) {
    return startDaemon("bun", ["run", MODULE], { ...settings, PORT: String(port), HOST: "127.0.0.1" });
  },
};
