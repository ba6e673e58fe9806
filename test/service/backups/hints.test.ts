/** Incrementals by hints, through the shipped command. */
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import test from "ava";
import { Site } from "../../faults/regressions/site.js";
import { noise } from "../../pipeline/volume-bytes.js";

const MIB = 1024 * 1024;

const SIZE = 6_000_000;

test("hints save reading, and hints that lie or speak of something else do not harm", async (t) => {
  const site = await Site.open(t);
  const image = site.path("disk");
  const bytes = noise(SIZE);
  await writeFile(image, bytes);
  const create = ["volume", "backup", "create", "./disk"];
  await site.data(t, [...create, "--name", "full"]);
  const list = site.path("list");
  await writeFile(list, "3000000 5\n");
  const incremental = [...create, "--incremental", "--hints", list];

  bytes.set(noise(5, 2), 3_000_000);
  await writeFile(image, bytes);
  const told = await site.run([...incremental, "--name", "told", "--hints-since", "full"]);
  t.is(told.code, 0, told.talk);
  t.notRegex(told.talk, /warning/);

  const stale = await site.run([...incremental, "--name", "stale", "--hints-since", "full"]);
  t.regex(stale.talk, /reading the whole volume, because the hints cannot be used: they speak of backup/);

  bytes.set(noise(100_000, 3), 1_000_000);
  await writeFile(image, bytes);
  const log = ["--option", `backup_notification_log=${site.path("events")}`];
  const lie = await site.run([...log, ...incremental, "--name", "lie"]);
  t.is(lie.code, 0, lie.talk);
  t.regex(lie.talk, /they call block 30 at offset 983040 unchanged, which has changed since backup/);
  const refused = (name: string) =>
    site.json<{ hints_refused: string | null }>(t, ["volume", "backup", "show", name]);
  t.is((await refused("told")).hints_refused, null);
  t.regex((await refused("lie")).hints_refused!, /^the hints cannot be used: they call block 30 at offset/);
  const events = (await readFile(site.path("events"), "utf8")).split("\n").filter((line) => line !== "");
  const types = events.map(
    (line) => JSON.parse(line) as { event_type: string; payload: Record<string, string> },
  );
  const event = types.filter(({ event_type: type }) => type === "backup.create.hints_refused").at(-1)!;
  t.is(event.payload.hints_refused, (await refused("lie")).hints_refused!);

  await writeFile(list, `${SIZE} 5\n`);
  const beyond = await site.run([...incremental, "--name", "beyond"]);
  t.regex(beyond.talk, /they speak of 5 bytes at 6000000, and the volume has 6000000 bytes/);

  const interval = ["--option", "backup_full_read_interval=1"];
  await writeFile(list, "");
  const whole = await site.run([...interval, ...incremental, "--name", "whole"]);
  t.regex(whole.talk, /one of 1 backups of a chain reads everything/);

  await site.data(t, ["volume", "backup", "restore", "whole", "./restored"]);
  await site.data(t, ["volume", "backup", "verify", "told"]);
  t.deepEqual(await readFile(site.path("restored")), Buffer.from(bytes));
});

test("hints that cannot be read are refused before anything is recorded", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("disk"), noise(100_000));
  await writeFile(site.path("list"), "what changed");
  const create = ["volume", "backup", "create", "./disk"];
  await site.data(t, create);
  for (const [args, message] of [
    [["--hints", "list"], /Cannot use hints for a full backup: they need --incremental/],
    [["--incremental", "--hints", "list"], /Cannot use line 1 of the hints, "what changed"/],
    [["--incremental", "--hints", "nowhere"], /Cannot read hints from "nowhere"/],
    [["--incremental", "--hints", "bitmap:b0"], /only NBD servers and qcow2 images have bitmaps/],
    [["--incremental", "--hints-since", "x"], /Cannot use --hints-since "x" without --hints/],
  ] as const) {
    const { code, talk } = await site.run([...create, ...args]);
    t.is(code, 2, talk);
    t.regex(talk, message);
  }
  const backups = await site.json<unknown[]>(t, ["volume", "backup", "list"]);
  t.is(backups.length, 1);
});

/** Bytes of the volume that were not read, by the last line of the progress. */
function skipped(talk: string): number {
  const lines = talk.split("\n").filter((line) => line.startsWith('{"event":"progress"'));
  return (JSON.parse(lines.at(-1)!) as { bytes_skipped: number }).bytes_skipped;
}

test("holes of a sparse file are not read, and a program that lies about them does no harm", async (t) => {
  const site = await Site.open(t);
  const [size, at] = [90 * MIB + 17, 80 * MIB + 5];
  const image = await open(site.path("disk"), "w");
  await image.truncate(size);
  await image.write(noise(300_000), 0, 300_000, at);
  await image.close();
  const create = ["volume", "backup", "create", "./disk", "--progress", "json"];
  const sampled = [...create, "--option", "backup_hint_sample=50"];
  const known = await site.run([...sampled, "--name", "known"]);
  t.is(known.code, 0, known.talk);
  t.notRegex(known.talk, /warning/);
  // What a file system of the machine that runs this test cannot say is read.
  if (process.platform === "linux") t.true(skipped(known.talk) > 80 * MIB, known.talk);
  await site.data(t, ["volume", "backup", "restore", "known", "./restored"]);
  t.true((await readFile(site.path("restored"))).equals(await readFile(site.path("disk"))));

  const small = await site.run([...create, "--incremental"]);
  t.is(skipped(small.talk), 0, "a sample as large as the holes is not worth it");

  await mkdir(site.path("bin"));
  await writeFile(site.path("bin", "perl"), "#!/bin/sh\necho end\n", { mode: 0o755 });
  const env = { PATH: `${site.path("bin")}:${process.env.PATH}` };
  // All but the last block are in the sample.
  const lie = await site.run([...create, "--option", "backup_hint_sample=1400", "--name", "lie"], { env });
  t.is(lie.code, 0, lie.talk);
  if (process.platform === "linux")
    t.regex(lie.talk, /reading the whole volume, because it has bytes where its source states a hole/);
  t.is(skipped(lie.talk), 0);
  await site.data(t, ["volume", "backup", "restore", "lie", "./again"]);
  t.true((await readFile(site.path("again"))).equals(await readFile(site.path("disk"))));
});
