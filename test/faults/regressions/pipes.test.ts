/** Standard input and output as volumes, through the shipped program: the volume's bytes, or a refusal. */
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import test from "ava";
import { COMMAND } from "../../command.js";
import { Site } from "./site.js";

const run = promisify(execFile);
const CREATE = ["volume", "backup", "create"];
const RESTORE = ["volume", "backup", "restore"];
const SIZE = 5_000_001;

interface Made {
  readonly id: string;
  readonly volume_size: number;
  readonly size: number;
  readonly is_incremental: boolean;
}

test("a stream is backed up and restored as a stream, incrementals too; messages go to standard error", async (t) => {
  const site = await Site.open(t);
  const bytes = randomBytes(SIZE);
  const env = { ASHLAR_BACKUP_FILE_SIZE: "1048576", ASHLAR_BACKUP_COMPRESSION_ALGORITHM: "zlib" };
  const full = await site.json<Made>(t, [...CREATE, "-", "--volume", "db", "--name", "a"], {
    input: bytes,
    env,
  });
  t.is(full.volume_size, SIZE);
  const first = await site.run([...RESTORE, "a", "-"]);
  t.deepEqual([first.code, first.data.equals(bytes)], [0, true]);
  t.regex(first.talk, /verified_digests/);
  bytes[3_000_000] = bytes[3_000_000]! ^ 0xff;
  // Smaller than its parent.
  const shrunk = bytes.subarray(0, SIZE - 70_000);
  const args = [...CREATE, "-", "--volume", "db", "--incremental", "--name", "b"];
  const made = await site.json<Made>(t, args, { input: shrunk, env });
  t.deepEqual([made.volume_size, made.is_incremental], [SIZE - 70_000, true]);
  t.true((await site.run([...RESTORE, "b", "-"])).data.equals(shrunk));
  await site.data(t, ["volume", "backup", "verify", "b"]);
  await site.data(t, [...RESTORE, "b", site.path("out")]);
  t.true((await readFile(site.path("out"))).equals(shrunk));
  const quiet = await site.run(["--quiet", ...RESTORE, "b", "-"]);
  t.deepEqual([quiet.code, quiet.talk], [0, ""]);
});

test("a stream that cannot be a backup leaves none that could be restored, and says why", async (t) => {
  const site = await Site.open(t);
  await site.data(t, [...CREATE, "-", "--volume", "db"], { input: randomBytes(100) });
  const empty = await site.run([...CREATE, "-", "--volume", "new"], { input: new Uint8Array(0) });
  t.is(empty.code, 2);
  t.regex(empty.talk, /it is empty/);
  const grown = await site.run([...CREATE, "-", "--volume", "db", "--incremental"], {
    input: randomBytes(101),
  });
  t.is(grown.code, 4);
  t.regex(grown.talk, /increased since the last backup, from 100 to 101 bytes\. Do a full backup/);
  for (const [args, reason] of [
    [[...CREATE, "-"], /want --volume NAME/],
    [[...CREATE, "x", "--volume", "db"], /it names standard input/],
    [[...CREATE, "-", "--volume", "db", "--snapshot", "s"], /to be read from a stream/],
    [[...CREATE, "/dev/stdin"], /an open file of one process; want its own path, or - for/],
    [[...CREATE, "/dev/fd/0"], /an open file of one process/],
    [[...CREATE, "/proc/self/fd/0"], /an open file of one process/],
    [[...CREATE, "/dev/null"], /a pipe, socket or other special file/],
  ] as const) {
    const { code, talk, data } = await site.run(args, { input: randomBytes(100) });
    t.deepEqual([code, data.length], [2, 0], talk);
    t.regex(talk, reason);
  }
  const left = ["volume", "backup", "list", "--status", "available", "-f", "value", "-c", "Size"];
  t.is(await site.data(t, left), "1\n");
  t.is(await site.data(t, ["volume", "list", "-f", "value", "-c", "Name"]), "db\n");
});

test("a pipe is no volume by its path, and nothing is restored into Ashlar's own files", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("v"), randomBytes(5000));
  const { id } = await site.json<Made>(t, [...CREATE, "v"]);
  await run("mkfifo", [site.path("pipe")]);
  await mkdir(site.path("directory"));
  await symlink(site.path("state", "repository"), site.path("link"));
  for (const [target, status] of [
    ["pipe", 2],
    ["directory", 2],
    ["/dev/stdout", 2],
    ["state/catalog.sqlite", 4],
    ["state/repository/new", 4],
    ["link/new", 4],
  ] as const) {
    const path = target.startsWith("/") ? target : site.path(target);
    const { code, data, talk } = await site.run([...RESTORE, "--force", id, path]);
    t.deepEqual([code, data.length], [status, 0], `${target}: ${talk}`);
  }
  await site.data(t, ["volume", "backup", "verify", id]);
});

test("a reader that leaves early ends the restore with a message that counts what was written", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("v"), randomBytes(SIZE));
  const { id } = await site.json<Made>(t, [...CREATE, "v"]);
  const script = `"$0" "$1" volume backup restore ${id} - | head -c 10; echo " \${PIPESTATUS[0]}"`;
  const env = { PATH: process.env.PATH, ASHLAR_STATE_DIR: site.path("state") };
  const { stdout, stderr } = await run("bash", ["-c", script, process.execPath, COMMAND], {
    encoding: "latin1",
    env,
  });
  t.is(stdout.slice(10), " 1\n");
  t.regex(
    stderr,
    /its reader has closed it; at least \d+ of 5000001 bytes were written, all of them verified/,
  );
});

test("damage ends a stream before the damaged block is written", async (t) => {
  const site = await Site.open(t);
  const bytes = randomBytes(SIZE);
  await writeFile(site.path("v"), bytes);
  const { id } = await site.json<Made>(t, [...CREATE, "v"]);
  const repository = site.path("state", "repository");
  const object = (await readdir(repository, { recursive: true })).find((name) => name.endsWith("-00001"))!;
  const file = await open(`${repository}/${object}`, "r+");
  await file.write(Buffer.from([bytes[4_000_000]! ^ 1]), 0, 1, 4_000_000);
  await file.close();
  const { code, data, talk } = await site.run([...RESTORE, id, "-"]);
  t.is(code, 5, talk);
  t.true(data.length > 0 && data.length <= 4_000_000);
  t.true(data.equals(bytes.subarray(0, data.length)));
  t.regex(talk, /at least \d+ of 5000001 bytes were written/);
});

test("a stop ends a command that waits for a pipe, and leaves nothing", async (t) => {
  const site = await Site.open(t);
  const env = { PATH: process.env.PATH, ASHLAR_STATE_DIR: site.path("state") };
  const child = spawn(process.execPath, [COMMAND, ...CREATE, "-", "--volume", "db"], {
    env,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  child.stdin.write(randomBytes(2_000_000));
  for (;;) {
    const rows = await site.json<{ stage: string }[]>(t, ["operation", "list"]);
    if (rows.some(({ stage }) => stage === "running")) break;
    await sleep(50);
  }
  child.kill("SIGINT");
  t.is(await ended, 130);
  t.deepEqual(await site.json(t, ["volume", "backup", "list"]), []);
  t.deepEqual(await site.json(t, ["volume", "list"]), []);
  const files = await readdir(site.path("state", "repository"), { recursive: true, withFileTypes: true });
  t.deepEqual(
    files.filter((entry) => entry.isFile()),
    [],
  );
});
