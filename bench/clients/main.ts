/**
 * The question: how long do 50 clients wait for answers of `ashlar serve` while it runs 15 backups, beside a server that
 * runs none; and does the server stay within its memory?
 *
 * Each client lists the details of backups, without a pause and on a connection of its own, and creates a backup of a
 * small volume once. The two servers are measured in turns.
 *
 *     node build/bench/clients/main.js [--clients 50] [--operations 15] [--seconds 10] [--turns 3] [--out FILE]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { KIB, MIB } from "../../src/units.js";
import { SeededBytes } from "../image/seeded-bytes.js";
import { Clients, type Latencies } from "./clients.js";
import { printPage, type Turn } from "./page.js";

const COMMAND: string = fileURLToPath(new URL("../../command/node/bin.js", import.meta.url));
const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));
/** Enough to be under way during the whole of a turn. */
const LARGE_SIZE: number = 512 * MIB;
const SMALL_SIZE: number = 64 * KIB;

const { values: flags } = parseArgs({
  options: {
    clients: { type: "string", default: "50" },
    operations: { type: "string", default: "15" },
    seconds: { type: "string", default: "10" },
    turns: { type: "string", default: "3" },
    out: {
      type: "string",
      default: join(ROOT, `docs/benchmarks/clients-node${process.versions.node.split(".")[0]}.md`),
    },
  },
});

interface Server {
  readonly url: string;
  /** Bytes, the most that the process has had resident. */
  peak(): Promise<number>;
  stop(): Promise<void>;
}

async function startServer(directory: string): Promise<Server> {
  const words = ["--state-dir", join(directory, "state"), "--repository", join(directory, "repository")];
  const options = [
    "--option",
    `backup_max_operations=${flags.operations}`,
    "--option",
    "backup_file_size=8388608",
  ];
  const serve = ["serve", "--port", "0", "--volume-root", directory, "--stop-timeout", "1"];
  const child: ChildProcess = spawn(process.execPath, [COMMAND, ...words, ...options, ...serve], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout!.setEncoding("utf8"), "data")) as [string];
  const closed = once(child, "close");
  return {
    url: line.trim(),
    async peak() {
      const status = await readFile(`/proc/${child.pid!}/status`, "utf8");
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) * KIB;
    },
    async stop() {
      child.kill("SIGTERM");
      await closed;
    },
  };
}

async function liftQuotas(url: string): Promise<void> {
  const names = ["volumes", "gigabytes", "backups", "backup_gigabytes"];
  const body = JSON.stringify({ quota_set: Object.fromEntries(names.map((name) => [name, -1])) });
  const answer = await fetch(`${url}/os-quota-sets/admin`, { method: "PUT", body });
  if (!answer.ok) throw new Error(`quotas: ${answer.status} ${await answer.text()}`);
}

async function register(url: string, path: string): Promise<string> {
  const volume = { name: path.split("/").at(-1), host: "h", ref: { "source-name": path } };
  const answer = await fetch(`${url}/os-volume-manage`, { method: "POST", body: JSON.stringify({ volume }) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { readonly volume: { readonly id: string } }).volume.id;
}

/** One measurement of a new server, with the memory that its operations have planned. */
async function measure(
  operations: number,
): Promise<Latencies & { readonly planned: number; readonly peak: number }> {
  const directory = await mkdtemp(join(tmpdir(), "ashlar-clients-"));
  await mkdir(join(directory, "disks"));
  const server = await startServer(directory);
  try {
    await liftQuotas(server.url);
    const volumes = async (count: number, size: number, name: string): Promise<string[]> => {
      const ids: string[] = [];
      for (let number = 0; number < count; number++) {
        const path = join(directory, "disks", `${name}${number}`);
        await writeFile(path, new SeededBytes(number + 1).bytes(size));
        ids.push(await register(server.url, path));
      }
      return ids;
    };
    const large = await volumes(operations, LARGE_SIZE, "large");
    const clients = new Clients(server.url, await volumes(Number(flags.clients), SMALL_SIZE, "small"));
    for (const volume of large) await clients.createBackup(volume);
    const latencies = await clients.run(Number(flags.seconds) * 1000);
    const memory = await fetch(`${server.url}/os-memory`);
    const { planned } = ((await memory.json()) as { readonly memory: { readonly planned: number } }).memory;
    return { ...latencies, planned, peak: await server.peak() };
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

const turns: Turn[] = [];
for (let number = 1; number <= Number(flags.turns); number++) {
  process.stderr.write(`turn ${number} of ${flags.turns}\n`);
  turns.push({ idle: await measure(0), busy: await measure(Number(flags.operations)) });
}
const page = printPage(turns, {
  ...{ clients: Number(flags.clients), operations: Number(flags.operations), seconds: Number(flags.seconds) },
});
await writeFile(flags.out, page);
process.stdout.write(page);
