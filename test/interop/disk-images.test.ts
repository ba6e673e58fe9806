/** qcow2 images as volumes, through qemu-nbd. What comes out is compared by qemu-img. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test from "ava";
import { parseDiskImage } from "../../src/sources/disk-images/location.js";
import { MIB } from "../../src/units.js";
import { COMMAND } from "../command.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { run, startDaemon, untilReady } from "../stores/daemon.js";

const SIZE = 96 * MIB;
/** Blocks that prove a statement: fewer than the holes of a small image. */
const SAMPLE = ["--option", "backup_hint_sample=50"];

interface Exit {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `ashlar volume backup`, with its server's private directories below `directory`. */
async function backup(
  directory: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Exit> {
  const flags = ["--state-dir", join(directory, "state"), "--repository", join(directory, "repository")];
  const env = { ...process.env, TMPDIR: directory, ...environment };
  return await new Promise((done) => {
    execFile(
      process.execPath,
      [COMMAND, ...flags, "volume", "backup", ...args, "-f", "json"],
      { env },
      (error, stdout, stderr) => done({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

test("a qcow2 image: whole, what its bitmap names, and into another image", async (t) => {
  const directory = await temporaryDirectory(t);
  const [disk, other] = [join(directory, 'disk, "a=b".qcow2'), join(directory, "other.qcow2")];
  for (const image of [disk, other]) await run("qemu-img", ["create", "-q", "-f", "qcow2", image, `${SIZE}`]);
  await run("qemu-io", ["-f", "qcow2", "-c", "write -P 1 1M 3M", disk]);
  await run("qemu-img", ["bitmap", "--add", "-f", "qcow2", disk, "b0"]);
  const full = await backup(directory, [
    "create",
    `qcow2:${disk}`,
    "--name",
    "full",
    "--progress",
    "json",
    ...SAMPLE,
  ]);
  t.is(full.status, 0, full.stderr);
  t.true(Number(/"bytes_skipped":(\d+).*\n$/.exec(full.stderr)?.[1]) >= SIZE - 8 * MIB, full.stderr);

  await run("qemu-io", ["-f", "qcow2", "-c", "write -P 7 12345678 70000", disk]);
  const told = ["create", `qcow2:${disk}`, "--incremental", "--hints", "bitmap:b0", "--name", "told"];
  const second = await backup(directory, told);
  t.is(second.status, 0, second.stderr);
  t.is(second.stderr, "");
  t.is(JSON.parse(second.stdout).object_count, 1);
  const unknown = await backup(directory, [...told.slice(0, 4), "bitmap:none"]);
  t.is(unknown.status, 3, unknown.stderr);
  t.regex(unknown.stderr, /Bitmap 'none' is not found/);

  t.is((await backup(directory, ["restore", "told", `qcow2:${other}`])).status, 4);
  const restored = await backup(directory, ["restore", "told", `qcow2:${other}`, "--force"]);
  t.is(restored.status, 0, restored.stderr);
  t.regex(await run("qemu-img", ["compare", "-f", "qcow2", "-F", "qcow2", disk, other]), /identical/);
  t.true((await fs.stat(other)).size < 8 * MIB);
  t.deepEqual(
    (await fs.readdir(directory)).filter((name) => name.startsWith("ashlar-image")),
    [],
  );
});

test("what cannot be opened: a missing image, another format, one in use, no program", async (t) => {
  const directory = await temporaryDirectory(t);
  const image = join(directory, "disk.qcow2");
  const create = (location: string, ...rest: string[]) => backup(directory, ["create", location, ...rest]);
  const missing = await create(`qcow2:${image}`);
  t.is(missing.status, 3, missing.stderr);
  t.regex(missing.stderr, /Cannot open "qcow2:.*disk\.qcow2": .*No such file/);
  await fs.writeFile(image, "no header");
  const wrong = await create(`qcow2:${image}`);
  t.is(wrong.status, 1);
  t.regex(wrong.stderr, /not in qcow2 format/);

  await fs.rm(image);
  await run("qemu-img", ["create", "-q", "-f", "qcow2", image, `${SIZE}`]);
  const none = await backup(directory, ["create", `qcow2:${image}`], { PATH: directory });
  t.is(none.status, 1);
  t.regex(none.stderr, /there is no program "qemu-nbd"; install it \(Debian package qemu-utils\)/);
  const socket = join(directory, "socket");
  const user = startDaemon("qemu-nbd", ["-t", "-f", "qcow2", "-k", socket, image]);
  t.teardown(() => user.stop());
  await untilReady("qemu-nbd", async () => (await fs.stat(socket)).isSocket(), { daemon: user });
  const used = await create(`qcow2:${image}`, "--force");
  t.is(used.status, 4, used.stderr);
  t.regex(used.stderr, /another process using the image .*; end what is using it/);

  for (const location of ["qcow2:a", "rbd:", "rbd:a", "rbd:a/b@", "rbd:a/b@c@d", "rbd:a/b:key=1", "rbd:a//b"])
    t.throws(() => parseDiskImage(location), { message: /^Cannot use ".*" as a volume: want (qcow2|rbd):/ });
  const full = "rbd:pool/space/image@snap:id=cinder:conf=/etc/ceph/b.conf";
  t.deepEqual(
    { ...parseDiskImage(full) },
    {
      ...{ format: "rbd", pool: "pool", namespace: "space", image: "image", snapshot: "snap" },
      ...{ user: "cinder", configuration: "/etc/ceph/b.conf" },
    },
  );
});

test("no server outlives a process that is killed", async (t) => {
  const directory = await temporaryDirectory(t);
  const image = join(directory, "disk.qcow2");
  await run("qemu-img", ["create", "-q", "-f", "qcow2", image, `${SIZE}`]);
  const module = pathToFileURL(join(import.meta.dirname, "../../src/node/disk-images/qemu-nbd.js"));
  const script = `const { serveDiskImage } = await import(${JSON.stringify(module)});
    await serveDiskImage({ format: "qcow2", path: ${JSON.stringify(image)} }, { name: "it", isWritable: true });
    process.stdout.write("ready");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TMPDIR: directory },
  });
  await once(child.stdout, "data");
  const writeTo = () => run("qemu-io", ["-f", "qcow2", "-c", "write 0 4k", image]);
  await t.throwsAsync(writeTo(), { message: /lock/ });
  child.kill("SIGKILL");
  await untilReady("the image", async () => (await writeTo()) !== "", { timeoutMs: 30_000 });
  await untilReady("the directory", async () => (await fs.readdir(directory)).length === 1, {
    timeoutMs: 30_000,
  });
  t.pass();
});
