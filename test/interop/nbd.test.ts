/**
 * Volumes behind real NBD servers: qemu-nbd and nbdkit. What is backed up from them and restored into them is compared
 * by qemu-img and nbdcopy, which share no code with this project.
 */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { nodeConnect } from "../../src/node/net/connection.js";
import { openNbdSource, openNbdTarget } from "../../src/sources/nbd/open.js";
import { MIB } from "../../src/units.js";
import { COMMAND } from "../command.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { joined, noise, prose } from "../pipeline/volume-bytes.js";
import { type Daemon, run, startDaemon, untilReady } from "../stores/daemon.js";

const SIZE = 24 * MIB;

function volumeBytes(): Uint8Array<ArrayBuffer> {
  return joined(prose(5 * MIB), new Uint8Array(9 * MIB), noise(6 * MIB), prose(SIZE - 20 * MIB, 3));
}

interface Exit {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command, whatever it exits with. */
async function ashlar(args: readonly string[], environment: Record<string, string> = {}): Promise<Exit> {
  const env = { ...process.env, ...environment };
  return await new Promise((done) => {
    execFile(process.execPath, [COMMAND, ...args], { env }, (error, stdout, stderr) =>
      done({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** Starts a server and waits until its socket is there. Returns the URL of its export. */
async function serve(
  t: ExecutionContext,
  socket: string,
  command: string,
  args: readonly string[],
): Promise<string> {
  const daemon: Daemon = startDaemon(command, args);
  t.teardown(() => daemon.stop());
  await untilReady(command, async () => (await fs.stat(socket)).isSocket(), { daemon, timeoutMs: 20_000 });
  return `nbd+unix:///?socket=${socket}`;
}

test("a backup of a live export comes back into a new qcow2 image, and qemu-img finds them identical", async (t) => {
  const directory = await temporaryDirectory(t);
  const raw = join(directory, "source.raw");
  const qcow2 = join(directory, "target.qcow2");
  await fs.writeFile(raw, volumeBytes());
  await run("fallocate", ["--dig-holes", raw]);
  await run("qemu-img", ["create", "-q", "-f", "qcow2", qcow2, String(SIZE)]);
  const [read, write] = [join(directory, "read"), join(directory, "write")];
  const source = await serve(t, read, "qemu-nbd", ["-t", "-r", "-e", "8", "-f", "raw", "-k", read, raw]);
  const target = await serve(t, write, "qemu-nbd", ["-t", "-e", "8", "-f", "qcow2", "-k", write, qcow2]);
  const flags = ["--state-dir", join(directory, "state"), "--repository", join(directory, "repository")];
  const created = await ashlar([
    ...flags,
    "volume",
    "backup",
    "create",
    source,
    "--name",
    "full",
    "-f",
    "json",
    ...["--option", "backup_hint_sample=50", "--progress", "json"],
  ]);
  t.is(created.status, 0, created.stderr);
  // The server states the zeros in the middle as a hole.
  t.true(Number(/"bytes_skipped":(\d+).*\n$/.exec(created.stderr)?.[1]) >= 7 * MIB, created.stderr);
  const again = ["volume", "backup", "create", source, "--name", "second", "--incremental", "-f", "json"];
  const incremental = await ashlar([...flags, ...again]);
  t.is(incremental.status, 0, incremental.stderr);
  t.is(JSON.parse(incremental.stdout).object_count, 0);
  const refused = await ashlar([...flags, "volume", "backup", "restore", "second", target]);
  t.is(refused.status, 4);
  t.regex(refused.stderr, /a restore overwrites what is there/);
  const restored = await ashlar([...flags, "volume", "backup", "restore", "second", target, "--force"]);
  t.is(restored.status, 0, restored.stderr);
  t.regex(await run("qemu-img", ["compare", "-f", "raw", "-F", "raw", target, raw]), /identical/);
  // The server said that the image was all zero, so zeros were not written into it.
  t.true((await fs.stat(qcow2)).size < 17 * MIB);
});

test("a dirty bitmap of a server that serves one client at a time", async (t) => {
  const directory = await temporaryDirectory(t);
  const path = (name: string): string => join(directory, name);
  await fs.writeFile(path("raw"), volumeBytes());
  await run("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", path("raw"), path("disk.qcow2")]);
  await run("qemu-img", ["bitmap", "--add", "-f", "qcow2", path("disk.qcow2"), "b0"]);
  const flags = ["--state-dir", path("state"), "--repository", path("repository")];
  const url = `nbd+unix:///?socket=${path("socket")}`;
  const served = async (work: () => Promise<Exit>): Promise<Exit> => {
    const args = ["-t", "-f", "qcow2", "-B", "b0", "-k", path("socket"), path("disk.qcow2")];
    const daemon = startDaemon("qemu-nbd", args);
    try {
      await untilReady("qemu-nbd", async () => (await fs.stat(path("socket"))).isSocket(), { daemon });
      return await work();
    } finally {
      await daemon.stop();
      await fs.rm(path("socket"), { force: true });
    }
  };
  const backup = (...rest: readonly string[]) =>
    ashlar([...flags, "volume", "backup", ...rest, "-f", "json"]);
  const full = await served(() => backup("create", url, "--name", "full"));
  t.is(full.status, 0, full.stderr);
  await run("qemu-io", ["-f", "qcow2", "-c", "write -P 7 1234567 70000", path("disk.qcow2")]);
  const hints = ["--incremental", "--hints", "bitmap:b0", "--hints-since", "full"];
  const told = await served(() => backup("create", url, "--name", "told", ...hints));
  t.is(told.status, 0, told.stderr);
  t.is(told.stderr, "");
  t.is(JSON.parse(told.stdout).object_count, 1);
  const unknown = await served(() => backup("create", url, "--incremental", "--hints", "bitmap:none"));
  t.regex(unknown.stderr, /Cannot read dirty bitmap "none" of .*: the server exports none of that name/);
  const restored = await backup("restore", "told", path("restored"));
  t.is(restored.status, 0, restored.stderr);
  const compared = ["compare", "-f", "qcow2", "-F", "raw", path("disk.qcow2"), path("restored")];
  t.regex(await run("qemu-img", compared), /identical/);
});

test("the limits of a server that refuses every request beyond them", async (t) => {
  const directory = await temporaryDirectory(t);
  const socket = join(directory, "socket");
  const filter = ["--filter=blocksize-policy", "memory", String(SIZE)];
  const policy = [
    "blocksize-minimum=4096",
    "blocksize-preferred=4096",
    "blocksize-maximum=64K",
    "blocksize-error-policy=error",
  ];
  const url = await serve(t, socket, "nbdkit", ["-f", "-U", socket, ...filter, ...policy]);
  const target = await openNbdTarget(nodeConnect, url, { size: SIZE });
  t.true(target.isZeroed);
  const bytes = volumeBytes();
  await target.write(bytes.subarray(0, 3 * MIB + 5), 0);
  await target.write(bytes.subarray(3 * MIB + 5), 3 * MIB + 5);
  await target.sync();
  await target.close();
  const source = await openNbdSource(nodeConnect, url);
  const copy = new Uint8Array(SIZE);
  await source.readInto(copy.subarray(0, 7 * MIB + 3), 0);
  await source.readInto(copy.subarray(7 * MIB + 3), 7 * MIB + 3);
  await source.close();
  t.is(sha256(copy), sha256(bytes));
  const out = join(directory, "copy.raw");
  await run("nbdcopy", ["--request-size=65536", url, out]);
  t.is(sha256(await fs.readFile(out)), sha256(bytes));
});

test("a server that fails a read or a write is reported with its reason", async (t) => {
  const directory = await temporaryDirectory(t);
  const socket = join(directory, "socket");
  const args = ["-f", "-U", socket, "--filter=error", "memory", "1M", "error=ENOSPC", "error-pwrite-rate=1"];
  const url = await serve(t, socket, "nbdkit", args);
  const target = await openNbdTarget(nodeConnect, url, { size: MIB });
  await t.throwsAsync(target.write(new Uint8Array(4096).fill(1), 8192), {
    message: /^Cannot write 4096 bytes at offset 8192 to ".*": no space left/,
  });
  await target.close();
});

test("TLS: the certificate is checked", async (t) => {
  const directory = await temporaryDirectory(t);
  const path = (name: string): string => join(directory, name);
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const files = ["-keyout", path("server-key.pem"), "-out", path("server-cert.pem")];
  await run("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject, ...files]);
  await fs.copyFile(path("server-cert.pem"), path("ca-cert.pem"));
  const socket = path("socket");
  const tls = ["--tls=require", `--tls-certificates=${directory}`];
  const url = await serve(t, socket, "nbdkit", ["-f", "-U", socket, ...tls, "pattern", "1M"]);
  const secure = url.replace("nbd+unix:", "nbds+unix:");
  const flags = ["--state-dir", path("state"), "--repository", path("repository")];
  const create = (volume: string, environment: Record<string, string>) =>
    ashlar([...flags, "volume", "backup", "create", volume, "-f", "json"], environment);
  const plain = await create(url, {});
  t.not(plain.status, 0);
  t.regex(plain.stderr, /it requires TLS: use nbds:\/\//);
  const untrusted = await create(secure, {});
  t.not(untrusted.status, 0);
  t.regex(untrusted.stderr, /self-signed certificate/);
  const trusted = await create(secure, { NODE_EXTRA_CA_CERTS: path("ca-cert.pem") });
  t.is(trusted.status, 0, trusted.stderr);
});

test("a server that is killed under a backup ends it with an error, and leaves no backup that counts", async (t) => {
  const directory = await temporaryDirectory(t);
  const socket = join(directory, "socket");
  const log = join(directory, "log");
  const slow = ["--filter=log", "--filter=delay", "pattern", "64M", "rdelay=1", `logfile=${log}`];
  const daemon = startDaemon("nbdkit", ["-f", "-U", socket, ...slow]);
  t.teardown(() => daemon.stop());
  await untilReady("nbdkit", async () => (await fs.stat(socket)).isSocket(), { daemon, timeoutMs: 20_000 });
  const flags = ["--state-dir", join(directory, "state"), "--repository", join(directory, "repository")];
  const url = `nbd+unix:///?socket=${socket}`;
  const backup = ashlar([...flags, "volume", "backup", "create", url, "-f", "json"]);
  // Reads begin when the backup has its row.
  await untilReady("a read", async () => (await fs.readFile(log, "utf8")).includes(" Read "), { daemon });
  daemon.process.kill("SIGKILL");
  const { status, stderr } = await backup;
  t.is(status, 1, stderr);
  t.regex(stderr, /the server closed|lost the connection|the server reset/);
  const list = await ashlar([...flags, "volume", "backup", "list", "-f", "json"]);
  t.deepEqual(
    (JSON.parse(list.stdout) as { status: string }[]).map((row) => row.status),
    ["error"],
  );
});

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
