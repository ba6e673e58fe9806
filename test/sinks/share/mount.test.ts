/** Shares that are mounted, by a stand-in for the mount command that keeps the table of mounts in a file. */
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { StorageError } from "../../../src/errors.js";
import { nodeHashes } from "../../../src/node/digests/hashes.js";
import { toStorageError } from "../../../src/node/files/file-errors.js";
import { nodeFileSystem } from "../../../src/node/files/file-system.js";
import { NodeMounts } from "../../../src/node/files/mounts.js";
import { MountedShare, type MountOptions } from "../../../src/sinks/share/mount.js";
import { ShareSink } from "../../../src/sinks/share/sink.js";
import { shareOf } from "../../../src/sinks/share/url.js";
import { getObject, patternBytes, putObject } from "../../../src/testing/objects.js";
import { sinkContract } from "../contract.js";

const SHARE = "filer:/export";
/** `printf filer:/export | md5sum`: so the reference system names the directory. */
const DIRECTORY = "ad1b99477441e672e137e3e39695b07c";
const SERVICE = "cinder.backup.drivers.nfs.NFSBackupDriver";

/** Writes what it is asked into a log, and the mount into the table. Fails as often as the file `failures` says. */
const MOUNT = `#!/bin/sh
cd "$(dirname "$0")"
echo "$*" >> log
left=$(cat failures 2>/dev/null || echo 0)
if [ "$left" -gt 0 ]; then
  echo $((left - 1)) > failures
  echo "mount.nfs: Connection refused" >&2
  exit 32
fi
[ -e silent ] && exit 0
for last; do before=$target; target=$last; done
printf '%s %s nfs4 rw,vers=4.2 0 0\\n' "$before" "$(printf %s "$target" | sed 's/ /\\\\040/g')" >> mounts
`;
const UNMOUNT = `#!/bin/sh
cd "$(dirname "$0")"
echo "umount $*" >> log
if [ -e busy ]; then echo "umount: target is busy" >&2; exit 32; fi
: > mounts
`;

async function makeHost(t: ExecutionContext) {
  const home = await fs.mkdtemp(join(tmpdir(), "ashlar mounts-"));
  t.teardown(() => fs.rm(home, { recursive: true }));
  await fs.writeFile(join(home, "mount"), MOUNT, { mode: 0o755 });
  await fs.writeFile(join(home, "umount"), UNMOUNT, { mode: 0o755 });
  await fs.writeFile(join(home, "mounts"), "proc /proc proc rw 0 0\n");
  const host = new NodeMounts({
    mountCommand: join(home, "mount"),
    unmountCommand: join(home, "umount"),
    mountsFile: join(home, "mounts"),
  });
  const options: MountOptions = {
    host,
    fileSystem: nodeFileSystem,
    hashes: nodeHashes,
    sleep: async () => {},
    share: shareOf("nfs", SHARE),
    base: join(home, "base"),
    mountOptions: "vers=4.2,soft",
  };
  const read = (name: string): Promise<string> => fs.readFile(join(home, name), "utf8").catch(() => "");
  return { home, options, read };
}

sinkContract(
  test,
  "nfs",
  async (t) => {
    const mounted = await MountedShare.mount((await makeHost(t)).options);
    return new ShareSink(mounted, { fileSystem: nodeFileSystem, service: SERVICE });
  },
  { manyCount: 101 },
);

test("a share is mounted in the reference system's directory, and unmounted at the end", async (t) => {
  const { home, options, read } = await makeHost(t);
  const mounted = await MountedShare.mount(options);
  t.is(mounted.root, join(home, "base", DIRECTORY));
  t.is(await read("log"), `-t nfs -o vers=4.2,soft -- filer:/export ${mounted.root}\n`);
  await mounted.release();
  await mounted.release();
  t.is((await read("log")).match(/umount/g)?.length, 1);
});

test("what is mounted already is used, wherever it is, and stays", async (t) => {
  const { home, options, read } = await makeHost(t);
  await fs.mkdir(join(home, "by hand"));
  const table = `filer:/export ${home.replaceAll(" ", "\\040")}/by\\040hand nfs4 rw 0 0\n`;
  await fs.writeFile(join(home, "mounts"), table);
  const mounted = await MountedShare.mount(options);
  t.is(mounted.root, join(home, "by hand"));
  await mounted.release();
  t.is(await read("log"), "");
  t.is(await read("mounts"), table);

  await fs.writeFile(join(home, "mounts"), table.replace("nfs4", "ext4"));
  t.not((await MountedShare.mount(options)).root, join(home, "by hand"), "no share at all");
});

test("mounting is tried so many times, and then fails with what the command says", async (t) => {
  const { home, options, read } = await makeHost(t);
  await fs.writeFile(join(home, "failures"), "2");
  await MountedShare.mount({ ...options, attempts: 3 });
  t.is((await read("log")).trim().split("\n").length, 3);

  await fs.writeFile(join(home, "mounts"), "");
  await fs.writeFile(join(home, "failures"), "9");
  await t.throwsAsync(MountedShare.mount({ ...options, attempts: 2 }), {
    instanceOf: StorageError,
    message: /^Cannot mount "filer:\/export" on ".*": mount\.nfs: Connection refused$/,
  });
  t.is(await read("failures"), "7\n");
});

test("a command that is not there, takes for ever, or mounts nothing is an error", async (t) => {
  const { home, options } = await makeHost(t);
  const missing = new NodeMounts({ mountCommand: join(home, "none"), mountsFile: join(home, "mounts") });
  await t.throwsAsync(MountedShare.mount({ ...options, host: missing }), {
    message: /there is no such command/,
  });
  await fs.writeFile(join(home, "slow"), "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 });
  const slow = new NodeMounts({
    mountCommand: join(home, "slow"),
    mountsFile: join(home, "mounts"),
    timeoutMs: 100,
  });
  await t.throwsAsync(MountedShare.mount({ ...options, host: slow, attempts: 1 }), {
    message: /it took more than 100 ms$/,
  });
  await fs.writeFile(join(home, "silent"), "");
  await t.throwsAsync(MountedShare.mount(options), {
    message: /the mount command succeeded, and it is not mounted$/,
  });
});

test("a mount that somebody took away is mounted again before anything is put there", async (t) => {
  const { home, options, read } = await makeHost(t);
  const mounted = await MountedShare.mount(options);
  const sink = new ShareSink(mounted, { fileSystem: nodeFileSystem, service: SERVICE });
  await fs.writeFile(join(home, "mounts"), "");
  await sink.createContainer("a/b");
  t.is((await read("log")).trim().split("\n").length, 2);
  await putObject(sink, { container: "a/b", name: "x" }, patternBytes(10, 1));
  t.deepEqual(await getObject(sink, { container: "a/b", name: "x" }), patternBytes(10, 1));
  await fs.writeFile(join(home, "busy"), "");
  await mounted.release();
  t.regex(await read("mounts"), /filer/, "somebody uses it, so it stays");
});

test("a stale handle and a read-only share are said in words", async (t) => {
  const { options } = await makeHost(t);
  const mounted = await MountedShare.mount(options);
  for (const [code, words, status] of [
    ["ESTALE", /the file server no longer knows it/, "temporary"],
    ["EROFS", /the file system is mounted read-only/, "permanent"],
  ] as const) {
    const open = async (path: string): Promise<never> => {
      throw toStorageError("open", path, Object.assign(new Error(code), { code }));
    };
    const sink = new ShareSink(mounted, { fileSystem: { ...nodeFileSystem, open }, service: SERVICE });
    await sink.createContainer("c");
    const error = await t.throwsAsync(sink.create("c", "x"), { instanceOf: StorageError, message: words });
    t.is((error as StorageError).status, status);
  }
});
