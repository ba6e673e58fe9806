/** A day's work in the command: what is easily said wrong, or is read by people. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import test from "ava";
import { Site } from "./site.js";

const CREATE = ["volume", "backup", "create", "./v"];

test("backups by the beginning of an ID and as latest; an ambiguous name shows when each was made", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("v"), "x".repeat(5000));
  const ids: string[] = [];
  for (let i = 0; i < 2; i++) ids.push((await site.json<{ id: string }>(t, [...CREATE, "--name", "b"])).id);
  const show = ["volume", "backup", "show", "-f", "value", "-c", "id"];
  t.is(await site.data(t, [...show, ids[0]!.slice(0, 13)]), `${ids[0]}\n`);
  t.is(await site.data(t, [...show, "latest"]), `${ids[1]}\n`);
  const { code, talk } = await site.run([...show, "b"]);
  t.is(code, 2);
  for (const id of ids) t.regex(talk, new RegExp(`${id} \\(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\\)`));
});

test("--incremental=auto makes a full backup where there is no parent, and says why", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("v"), "x".repeat(5000));
  const first = await site.run([...CREATE, "--incremental=auto", "-f", "json"]);
  t.is(first.code, 0, first.talk);
  t.regex(first.talk, /warning: making a full backup of "[^"]*", because .*No backups available/);
  const second = await site.json<{ is_incremental: boolean }>(t, [...CREATE, "--incremental-auto"]);
  t.true(second.is_incremental);
});

test("flags without a value are refused, and a restore says where it went", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("v"), "x".repeat(5000));
  for (const flags of [
    ["--name", "--force"],
    ["--name", ""],
    ["--container", "--name"],
  ]) {
    const { code, talk } = await site.run([...CREATE, ...flags]);
    t.is(code, 2, talk);
    t.true(talk.includes(flags[0]!), talk);
  }
  await site.data(t, [...CREATE, "--name", "b"]);
  const { code, talk } = await site.run(["volume", "backup", "restore", "b", "new.raw"]);
  t.is(code, 0);
  t.regex(talk, /restored into "\/.*\/volumes\/volume-/);
});

const LONG = "a name of many words that does not fit into a line with everything else";

test("tables fit 80 columns or the terminal, and leave out what is empty; formats for programs do neither", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("v"), "x".repeat(5000));
  const { id } = await site.json<{ id: string }>(t, [...CREATE, "--name", LONG]);
  await writeFile(site.path("frozen"), "x".repeat(5000));
  await site.data(t, ["volume", "snapshot", "create", "s", "--volume", "./v", "--source", "frozen"]);
  const lists = [
    ["volume", "backup", "list"],
    ["volume", "backup", "list", "--long"],
    ["volume", "backup", "show", id.slice(0, 8)],
    ["volume", "list"],
    ["volume", "snapshot", "list"],
    ["operation", "list"],
    ["repository", "scan"],
    ["memory"],
  ];
  for (const verb of lists) {
    const table = await site.data(t, verb);
    t.true(Math.max(...table.split("\n").map(({ length }) => length)) <= 80, table);
    t.false(/escription/.test(table), table);
  }
  const wide = await site.data(t, lists[0]!, { env: { COLUMNS: "300" } });
  t.true(wide.includes(id) && wide.includes(LONG), wide);
  for (const format of ["json", "csv", "value", "yaml"]) {
    const data = await site.data(t, [...lists[0]!, "-f", format], { env: { COLUMNS: "40" } });
    t.true(data.includes(id) && data.includes(LONG), data);
  }
  t.true((await site.data(t, [...lists[0]!, "-f", "json"])).includes('"description": null'));
});

test("snapshots and volumes are shown by the volume's name and with sizes in units", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("v"), "x".repeat(5000));
  await site.data(t, ["volume", "create", "disk", "--source", "v"]);
  await writeFile(site.path("frozen"), "x".repeat(5000));
  await site.data(t, ["volume", "snapshot", "create", "s", "--volume", "disk", "--source", "frozen"]);
  t.regex(await site.data(t, ["volume", "snapshot", "list"]), /\| Volume .*\n.*\n.*\| disk /);
  t.regex(await site.data(t, ["volume", "show", "disk"]), /size_bytes +\| 4\.9 KiB/);
  const { size_bytes: size } = await site.json<{ size_bytes: number }>(t, ["volume", "show", "disk"]);
  t.is(size, 5000);
});

test("volumes and snapshots are named by the beginning of an ID where no path can be meant", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("v"), "x".repeat(5000));
  await writeFile(site.path("frozen"), "x".repeat(5000));
  const { id } = await site.json<{ id: string }>(t, ["volume", "create", "disk", "--source", "v"]);
  const start = id.slice(0, 8);
  t.regex(await site.data(t, ["volume", "list"], { env: { COLUMNS: "60" } }), new RegExp(start));
  t.is(await site.data(t, ["volume", "show", start, "-f", "value", "-c", "name"]), "disk\n");
  const freeze = ["volume", "snapshot", "create", "s", "--volume", start, "--source", "frozen"];
  const snapshot = await site.json<{ id: string; volume_id: string }>(t, freeze);
  t.is(snapshot.volume_id, id);
  await site.data(t, ["volume", "snapshot", "show", snapshot.id.slice(0, 8)]);
  await site.data(t, [...CREATE, "--name", "b"]);
  // A new file of that name, and not the volume.
  await site.data(t, ["volume", "backup", "restore", "b", start]);
  t.is((await site.json<unknown[]>(t, ["volume", "list"])).length, 2);
});

test("--at takes a day, a minute or a second, of which the end counts", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("v"), "x".repeat(5000));
  const ids: string[] = [];
  for (let i = 0; i < 2; i++) {
    const made = await site.json<{ id: string; data_timestamp: string }>(t, [...CREATE, "--name", "b"]);
    ids.push(made.id);
    const second = `${made.data_timestamp.slice(0, 19)}Z`;
    const choose = ["volume", "backup", "show", "b", "-f", "value", "-c", "id", "--at"];
    t.is(await site.data(t, [...choose, second]), `${made.id}\n`);
    t.is(await site.data(t, [...choose, `${second.slice(0, 16)}Z`]), `${made.id}\n`);
    t.is(await site.data(t, [...choose, second.slice(0, 10)], { env: { TZ: "UTC" } }), `${made.id}\n`);
  }
  t.is(await site.data(t, ["volume", "backup", "show", "latest", "-f", "value", "-c", "id"]), `${ids[1]}\n`);
  const before = await site.run(["volume", "backup", "restore", "b", "./out", "--at", "2020-01-01"]);
  t.is(before.code, 3, before.talk);
  await site.data(t, ["volume", "backup", "restore", "latest", "--volume", "./v", "./out"]);
  t.is((await readFile(site.path("out"))).length, 5000);
});

test("errors of SQLite name the path and what to do", async (t) => {
  const site = await Site.open(t);
  await site.data(t, ["volume", "list"]);
  const path = site.path("state", "catalog.sqlite");
  const expect = async (code: number, pattern: RegExp): Promise<void> => {
    const ended = await site.run(["volume", "list"]);
    t.is(ended.code, code, ended.talk);
    t.true(ended.talk.includes(path), ended.talk);
    t.regex(ended.talk, pattern);
  };
  const bytes = await readFile(path);
  // The version, `user_version`, is at offset 60 of the header.
  const newer = Buffer.from(bytes);
  newer.writeUInt32BE(9999, 60);
  await writeFile(path, newer);
  await expect(4, /of version 9999: this program knows versions up to \d+; use a newer one/);
  await writeFile(path, "x".repeat(20_000));
  await expect(1, /not a database; the file is something else/);
  await writeFile(path, bytes.subarray(0, bytes.length / 2));
  await expect(1, /malformed; it is damaged: restore a copy/);
  await rm(path);
  await mkdir(path);
  await expect(1, /unable to open database file; check that this user may read and write/);
});

test("help fits the terminal", async (t) => {
  const site = await Site.open(t);
  for (const verb of [[], ["volume", "backup", "prune"], ["serve"]]) {
    for (const columns of [80, 100]) {
      const help = await site.data(t, [...verb, "--help"], { env: { COLUMNS: String(columns) } });
      t.true(Math.max(...help.split("\n").map(({ length }) => length)) <= columns, help);
    }
  }
});

test("what cannot be aborted, such as a lookup of a name, does not hold a command that has ended", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("hold.cjs"), "setInterval(() => undefined, 1e6);");
  const env = { NODE_OPTIONS: `--require ${site.path("hold.cjs")}` };
  t.is(await site.data(t, ["volume", "list", "-f", "json"], { env }), "[]\n");
  const { code } = await site.run(["volume", "show", "none"], { env });
  t.is(code, 3);
});
