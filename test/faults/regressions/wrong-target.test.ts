/** What a word means, and what may be overwritten: the wrong data is neither read nor written. */
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { Site } from "./site.js";

const run = promisify(execFile);
const CREATE = ["volume", "backup", "create"];
const RESTORE = ["volume", "backup", "restore"];

/** Two directories with an image of the same name in each, of which that in `a` is registered by that name. */
async function twoDirectories(t: ExecutionContext): Promise<{ site: Site; a: Buffer; b: Buffer }> {
  const site = await Site.open(t);
  const [a, b] = [randomBytes(70_000), randomBytes(70_000)];
  for (const [name, bytes] of [["a", a] as const, ["b", b] as const]) {
    await mkdir(site.path(name));
    await writeFile(site.path(name, "disk.img"), bytes);
  }
  await site.data(t, [...CREATE, "--name", "of-a", "a/disk.img"]);
  return { site, a, b };
}

test("a name that a volume and a file here have is refused, with both and how each is said", async (t) => {
  const { site, a, b } = await twoDirectories(t);
  const here = { cwd: site.path("b") };
  const { id } = await site.json<{ id: string }>(t, ["volume", "show", "disk.img"]);
  const asked: string[][] = [
    [...CREATE, "disk.img"],
    [...RESTORE, "--force", "of-a", "disk.img"],
  ];
  for (const args of asked) {
    const { code, talk } = await site.run(args, here);
    t.is(code, 2, talk);
    for (const part of [id, site.path("a", "disk.img"), site.path("b", "disk.img"), "./disk.img"])
      t.true(talk.includes(part), `${part}: ${talk}`);
  }
  await site.data(t, [...CREATE, "--name", "of-b", "./disk.img"], here);
  await site.data(t, [...RESTORE, "of-b", site.path("out.img")]);
  t.deepEqual(await readFile(site.path("out.img")), b);
  // Registered by now, it is as ambiguous as before.
  t.is((await site.run([...RESTORE, "--force", "of-b", "disk.img"], here)).code, 2);
  await site.data(t, [...RESTORE, "--force", "of-b", id], here);
  t.deepEqual(await readFile(site.path("a", "disk.img")), b);
  await site.data(t, [...RESTORE, "--force", "of-a", "./disk.img"], here);
  t.deepEqual(await readFile(site.path("b", "disk.img")), a);
});

test("where they are one file, by whatever path, the name is not ambiguous", async (t) => {
  const { site } = await twoDirectories(t);
  await symlink("a", site.path("link"));
  for (const cwd of [site.path("a"), site.path("link"), site.directory])
    await site.data(t, [...CREATE, "disk.img"], { cwd });
  t.is((await site.json<unknown[]>(t, ["volume", "list"])).length, 1);
});

test("what is missing below /dev is never made, by whatever path it is said", async (t) => {
  const { site } = await twoDirectories(t);
  await symlink("/dev", site.path("devices"));
  await symlink("/dev/ashlar-typo", site.path("device"));
  for (const path of [
    "/dev/ashlar-typo",
    "/dev/mapper/ashlar-typo",
    site.path("devices", "ashlar-typo"),
    site.path("device"),
  ]) {
    for (const flags of [[], ["--force", "--force-in-use"]]) {
      const { code, talk } = await site.run([...RESTORE, ...flags, "of-a", path]);
      t.not(code, 0, path);
      t.regex(talk, /ashlar-typo|device/);
    }
    t.not((await site.run(["volume", "create", "typo", "--source", path])).code, 0);
  }
  await t.throwsAsync(readFile("/dev/ashlar-typo"));
});

test("an overwrite names the real path before it begins", async (t) => {
  const { site } = await twoDirectories(t);
  await symlink("b/disk.img", site.path("link.img"));
  const refused = await site.run([...RESTORE, "of-a", "./link.img"]);
  t.is(refused.code, 4);
  const forced = await site.run([...RESTORE, "--force", "of-a", "./link.img"]);
  t.is(forced.code, 0);
  for (const { talk } of [refused, forced]) t.true(talk.includes(`"${site.path("b", "disk.img")}"`), talk);
  t.regex(forced.talk, /overwriting/);
});

test("an interrupted restore says that its target is half written", async (t) => {
  const { site } = await twoDirectories(t);
  await run("truncate", ["--size", "64G", site.path("large.img")]);
  await site.data(t, ["volume", "create", "small", "--source", site.path("b", "disk.img")]);
  await run("truncate", ["--size", "3G", site.path("sparse.img")]);
  await site.data(t, [
    ...CREATE,
    "--name",
    "sparse",
    "./sparse.img",
    "--option",
    "backup_compression_algorithm=zlib",
  ]);
  let isSent = false;
  const { code, talk } = await site.run(
    [...RESTORE, "--force", "--progress", "json", "--limit-download", "100K", "sparse", "./large.img"],
    {
      onStart: (child) =>
        child.stderr!.on("data", (part: Buffer) => {
          if (!isSent && /"bytes_total":[1-9]/.test(part.toString())) isSent = child.kill("SIGTERM");
        }),
    },
  );
  t.is(code, 143, talk);
  t.true(talk.includes(`Stopped by SIGTERM; "${site.path("large.img")}" is half written now`), talk);
});

test("a file that another process has locked is in use: --force alone does not overwrite it", async (t) => {
  const { site, a, b } = await twoDirectories(t);
  const target = site.path("b", "disk.img");
  await link(target, site.path("other-name.img"));
  const locker = spawn("flock", ["--exclusive", target, "sleep", "60"], { detached: true, stdio: "ignore" });
  t.teardown(() => process.kill(-locker.pid!, "SIGKILL"));
  const locked = async () =>
    (await run("flock", ["--nonblock", target, "true"]).catch(() => undefined)) === undefined;
  while (!(await locked())) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const name of ["b/disk.img", "other-name.img"]) {
    const { code, talk } = await site.run([...RESTORE, "--force", "of-a", `./${name}`]);
    t.is(code, 4, talk);
    t.regex(talk, /is in use \(locked for writing by process \d+\)/);
    t.is((await site.run([...CREATE, `./${name}`])).code, 4);
  }
  t.deepEqual(await readFile(target), b);
  await site.data(t, [...RESTORE, "--force", "--force-in-use", "of-a", "b/disk.img"]);
  t.deepEqual(await readFile(target), a);
});

/** Root, and a kernel that gives loop devices. */
async function loopDevice(path: string): Promise<string | undefined> {
  return await run("losetup", ["--find", "--show", path]).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}

test("a file that is attached to a loop device is in use, and so is the device once it is mounted", async (t) => {
  const { site } = await twoDirectories(t);
  const image = site.path("b", "disk.img");
  await link(image, site.path("other-name.img"));
  await run("truncate", ["--size", "8M", image]);
  const isFormatted = await run("mkfs.ext4", ["-q", "-F", image]).then(
    () => true,
    () => false,
  );
  const device = isFormatted ? await loopDevice(image) : undefined;
  if (device === undefined) {
    t.pass();
    return;
  }
  const refusal = async (path: string, said: RegExp): Promise<void> => {
    const { code, talk } = await site.run([...RESTORE, "--force", "of-a", path]);
    t.is(code, 4, talk);
    t.regex(talk, said);
  };
  try {
    await refusal("./other-name.img", /is in use \(attached as \/dev\/loop\d+\)/);
    await mkdir(site.path("mnt"));
    await run("mount", [device, site.path("mnt")]);
    try {
      await refusal("b/disk.img", /is in use \(attached as \/dev\/loop\d+, mounted at .*mnt\)/);
      await refusal(device, /is in use \(mounted at .*mnt\)/);
      t.is((await site.run([...CREATE, device])).code, 4);
    } finally {
      await run("umount", [site.path("mnt")]);
    }
  } finally {
    await run("losetup", ["--detach", device]);
  }
});

test("a file is in use whose loop device was attached by a name that is no more", async (t) => {
  const { site } = await twoDirectories(t);
  const image = site.path("b", "disk.img");
  const before = await readFile(image);
  await mkdir(site.path("bound"));
  const isBound = await run("mount", ["--bind", site.path("b"), site.path("bound")]).then(
    () => true,
    () => false,
  );
  const device = isBound ? await loopDevice(site.path("bound", "disk.img")) : undefined;
  if (isBound) await run("umount", ["--lazy", site.path("bound")]);
  if (device === undefined) {
    t.pass();
    return;
  }
  try {
    const { code, talk } = await site.run([...RESTORE, "--force", "of-a", image]);
    t.is(code, 4, talk);
    t.regex(talk, /in use \(attached as \/dev\/loop\d+/);
    t.deepEqual(await readFile(image), before);
  } finally {
    await run("losetup", ["--detach", device]);
  }
});
