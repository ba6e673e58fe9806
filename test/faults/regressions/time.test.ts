/** Backups that a wrong clock has dated in the future: they are no parents, and do not push others out. */
import { writeFile } from "node:fs/promises";
import test, { type ExecutionContext } from "ava";
import { openSqlite } from "../../../src/node/sqlite/open.js";
import { Site } from "./site.js";

const FUTURE = "2199-01-02T03:04:05.000Z";
const NAMES = ["-f", "value", "-c", "Name"];

interface Backup {
  readonly id: string;
  readonly parent_id: string | null;
  readonly name: string;
}

/** A site with the backups `old` and, dated in the future, `odd`. */
async function openSite(t: ExecutionContext): Promise<Site> {
  const site = await Site.open(t);
  await writeFile(site.path("v"), "v".repeat(100_000));
  for (const name of ["old", "odd"]) await site.data(t, ["volume", "backup", "create", "v", "--name", name]);
  await edit(site, "UPDATE backups SET created_at = ?, data_timestamp = ? WHERE name = 'odd'");
  return site;
}

async function edit(site: Site, sql: string): Promise<void> {
  const catalog = await openSqlite(site.path("state", "catalog.sqlite"));
  await catalog.run(sql, [FUTURE, FUTURE].slice(0, sql.split("?").length - 1));
  await catalog.close();
}

const show = (t: ExecutionContext, site: Site, name: string): Promise<Backup> =>
  site.json<Backup>(t, ["volume", "backup", "show", name]);

test("a backup dated in the future is no parent, and a warning names it", async (t) => {
  const site = await openSite(t);
  const { id } = await show(t, site, "odd");
  const create = ["volume", "backup", "create", "v", "--incremental", "--name", "next"];
  const { code, talk } = await site.run(create);
  t.is(code, 0, talk);
  t.true(
    talk.includes(`backup ${id} is dated in the future (${FUTURE}) and is not used as the parent`),
    talk,
  );
  t.is((await show(t, site, "next")).parent_id, (await show(t, site, "old")).id);
});

test("neither is it the parent of a snapshot's backup, when the same clock has dated the snapshot", async (t) => {
  const site = await openSite(t);
  await writeFile(site.path("frozen"), "v".repeat(100_000));
  await site.data(t, ["volume", "snapshot", "create", "s", "--volume", "v", "--source", site.path("frozen")]);
  await edit(site, "UPDATE snapshots SET created_at = ?");
  await edit(
    site,
    "UPDATE backups SET created_at = '2198-01-02T03:04:05.000Z', data_timestamp = '2198-01-02T03:04:05.000Z' WHERE name = 'odd'",
  );
  const create = ["volume", "backup", "create", "v", "--snapshot", "s", "--incremental", "--name", "next"];
  const { code, talk } = await site.run(create);
  t.is(code, 0, talk);
  t.regex(talk, /is dated in the future/);
  t.is((await show(t, site, "next")).parent_id, (await show(t, site, "old")).id);
});

test("it is kept by retention, and does not count as one of those to keep", async (t) => {
  const site = await openSite(t);
  await site.data(t, ["volume", "backup", "create", "v", "--name", "new"]);
  await site.data(t, ["volume", "backup", "prune", "--keep-last", "1"]);
  const left = await site.data(t, ["volume", "backup", "list", ...NAMES]);
  t.deepEqual(left.trim().split("\n").sort(), ["new", "odd"]);
});
