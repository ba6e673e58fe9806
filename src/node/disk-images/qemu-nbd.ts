/**
 * Disk images served by qemu-nbd on a Unix socket in a private directory.
 *
 * No server outlives this process: a watcher reads a pipe that only this process writes to, and ends the server at the
 * pipe's end, which comes however this process ends. The server also ends by itself when its last client leaves.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { DiskImage, DiskImageServer, ServeOptions } from "../../ports.js";
import { imageError, missingProgram } from "./failures.js";

const PROGRAM = "qemu-nbd";
/** Clients: the connections of one export, and room for their order of closing and opening. */
const CLIENTS_MAX = 4;
const START_MAX_MS = 60_000;
const POLL_MS = 4;
/** Until a server that was asked to end is killed. It may have to write what it has cached. */
const END_MAX_MS = 30_000;
/** Characters of standard error that are kept. */
const COMPLAINT_MAX = 4096;

/** $1 is the private directory; the rest is the server's command. A line on the pipe ends the watcher alone. */
const WATCHED = `directory=$1 server=$$
shift
( read -r line <&3 || { kill "$server"; rm -rf "$directory"; } ) >/dev/null 2>&1 &
exec "$@" 3<&-`;

/** @throws NotFoundError; InvalidStateError for an image in use; StorageError */
export async function serveDiskImage(image: DiskImage, options: ServeOptions): Promise<DiskImageServer> {
  const directory = await mkdtemp(join(tmpdir(), "ashlar-image-"));
  const server = new Server(directory, commandOf(directory, image, options));
  try {
    await server.untilReady(options.name);
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

function commandOf(directory: string, image: DiskImage, { isWritable, bitmap }: ServeOptions): string[] {
  return [
    PROGRAM,
    `--socket=${socketIn(directory)}`,
    `--pid-file=${readyIn(directory)}`,
    `--shared=${CLIENTS_MAX}`,
    ...(isWritable ? ["--discard=unmap"] : ["--read-only"]),
    ...(bitmap === undefined ? [] : [`--bitmap=${bitmap}`]),
    // JSON needs no escape of characters that mean something in QEMU's other forms.
    `json:${JSON.stringify(blockDevice(image))}`,
  ];
}

const socketIn = (directory: string): string => join(directory, "socket");
const readyIn = (directory: string): string => join(directory, "pid");

function blockDevice(image: DiskImage): object {
  if (image.format === "qcow2") return { driver: "qcow2", file: { driver: "file", filename: image.path } };
  const { pool, namespace, image: name, snapshot, user, configuration: conf } = image;
  return { driver: "raw", file: { driver: "rbd", pool, namespace, image: name, snapshot, user, conf } };
}

class Server implements DiskImageServer {
  readonly address: { readonly socketPath: string };
  readonly #directory: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #failure: NodeJS.ErrnoException | undefined;
  #hasEnded = false;
  #complaint = "";

  constructor(directory: string, command: readonly string[]) {
    this.#directory = directory;
    this.address = { socketPath: socketIn(directory) };
    this.#child = spawn("/bin/sh", ["-c", WATCHED, "ashlar", directory, ...command], {
      stdio: ["ignore", "ignore", "pipe", "pipe"],
    });
    // The watcher may be gone, after a signal to the whole group of processes.
    this.#child.stdio[3]?.on("error", () => undefined);
    this.#ended = this.#watch();
  }

  async #watch(): Promise<void> {
    const { stderr } = this.#child;
    const exited = new Promise<void>((end) => {
      this.#child.on("exit", () => end());
      this.#child.on("error", (error) => {
        this.#failure = error;
        end();
      });
    });
    for await (const text of stderr?.setEncoding("utf8") ?? []) {
      this.#complaint = (this.#complaint + String(text)).slice(-COMPLAINT_MAX);
    }
    await exited;
    this.#hasEnded = true;
  }

  /** @param name of the image, for messages */
  async untilReady(name: string): Promise<void> {
    const late = AbortSignal.timeout(START_MAX_MS);
    while (!(await isThere(readyIn(this.#directory)))) {
      if (this.#hasEnded) throw this.#reason(name);
      if (late.aborted) {
        const waited = `it has not started for ${START_MAX_MS / 1000} seconds`;
        throw imageError(name, PROGRAM, [waited, this.#complaint].join("\n"));
      }
      await Promise.race([sleep(POLL_MS), this.#ended]);
    }
  }

  async close(): Promise<void> {
    (this.#child.stdio[3] as NodeJS.WritableStream | null | undefined)?.end("\n");
    if (!this.#hasEnded) this.#child.kill("SIGTERM");
    const killed = setTimeout(() => this.#child.kill("SIGKILL"), END_MAX_MS);
    await this.#ended;
    clearTimeout(killed);
    await rm(this.#directory, { recursive: true, force: true });
  }

  #reason(name: string): Error {
    if (this.#failure !== undefined) return imageError(name, PROGRAM, this.#failure.message);
    if (this.#child.exitCode === 127) return missingProgram(name, PROGRAM, "qemu-utils");
    return imageError(name, PROGRAM, this.#complaint);
  }
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
