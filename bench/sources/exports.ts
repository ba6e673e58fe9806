/** A file as an NBD export of nbdkit. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const START_MS = 20_000;

export interface Export {
  readonly url: string;
  stop(): Promise<void>;
}

export interface ExportOptions {
  /** Path of the socket. */
  readonly socket: string;
  /** @default {none} */
  readonly filters?: readonly string[];
}

/** @throws Error if nbdkit does not start */
export async function startExport(file: string, { socket, filters = [] }: ExportOptions): Promise<Export> {
  const args = ["-f", "-r", "-U", socket, ...filters.map((filter) => `--filter=${filter}`), "file", file];
  const server = spawn("nbdkit", args, { stdio: "ignore" });
  const ended = once(server, "exit");
  const end = performance.now() + START_MS;
  while ((await stat(socket).catch(() => undefined)) === undefined) {
    if (server.exitCode !== null || performance.now() > end)
      throw new Error(`Cannot serve ${file}: nbdkit ended with ${server.exitCode}`);
    await Promise.race([sleep(50), ended]);
  }
  return {
    url: `nbd+unix:///?socket=${socket}`,
    async stop() {
      server.kill();
      await ended;
    },
  };
}
