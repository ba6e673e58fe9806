/** A day's work in the command: what is easily said wrong, or is read by people. */
import { writeFile } from "node:fs/promises";
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
  t.regex(first.talk, /warning: making a full backup, because .*No backups available/);
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
