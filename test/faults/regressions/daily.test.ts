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
