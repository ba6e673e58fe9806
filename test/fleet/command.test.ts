/** The command on a catalog in PostgreSQL: two hosts, with state directories of their own, share it. */
import { writeFile } from "node:fs/promises";
import test, { type ExecutionContext } from "ava";
import { openDriver } from "../catalog/drivers.js";
import { postgresServer } from "../catalog/postgres-databases.js";
import { Site } from "../faults/regressions/site.js";
import { noise } from "../pipeline/volume-bytes.js";

interface Row {
  readonly name: string;
  readonly status: string;
}

function hostOf(site: Site, name: string, catalog: string): { readonly env: Record<string, string> } {
  return {
    env: {
      ASHLAR_STATE_DIR: site.path(name),
      ASHLAR_REPOSITORY: site.path("repository"),
      ASHLAR_CATALOG: catalog,
      ASHLAR_HOST: name,
    },
  };
}

async function newCatalog(): Promise<string> {
  return await (await postgresServer()).createDatabase();
}

test("a backup of one host is listed, verified, and restored on another", async (t) => {
  const site = await Site.open(t);
  const catalog = await newCatalog();
  const [a, b] = [hostOf(site, "a", catalog), hostOf(site, "b", catalog)];
  const bytes = noise(300_000, 1);
  await writeFile(site.path("disk.img"), bytes);
  await site.data(t, ["volume", "create", "disk", "--source", "disk.img"], a);
  await site.data(t, ["volume", "backup", "create", "--name", "monday", "disk"], a);
  const rows = await site.json<Row[]>(t, ["volume", "backup", "list"], b);
  t.deepEqual(
    rows.map(({ name, status }) => [name, status]),
    [["monday", "available"]],
  );
  await site.data(t, ["volume", "backup", "verify", "monday"], b);
  const { data } = await site.run(["volume", "backup", "restore", "monday", "-"], b);
  t.true(data.equals(bytes));
  await writeFile(site.path("plan.yaml"), "name: nightly\nvolumes:\n  - path: disk.img\n");
  await site.data(t, ["batch", "run", "plan.yaml"], a);
  t.is((await site.json<Row[]>(t, ["volume", "backup", "list"], b)).length, 2);
});

test("a path is a volume of one host: others see whose it is, and have their own there", async (t) => {
  const site = await Site.open(t);
  const catalog = await newCatalog();
  const [a, b] = [hostOf(site, "a", catalog), hostOf(site, "b", catalog)];
  const path = site.path("disk.img");
  await writeFile(path, noise(100_000, 1));
  await site.data(t, ["volume", "create", "disk", "--source", path], a);
  const [seen] = await site.json<{ readonly source: string }[]>(t, ["volume", "list"], b);
  t.is(seen?.source, `a:${path}`);
  for (const args of [
    ["volume", "backup", "create", "disk"],
    ["volume", "snapshot", "create", "--volume", "disk", "view"],
  ]) {
    const { code, talk } = await site.run(args, b);
    t.deepEqual([code, talk.includes(`its source is "a:${path}", of another host`)], [4, true], talk);
  }
  await site.data(t, ["volume", "backup", "create", "--name", "mine", path], b);
  const volumes = await site.json<{ readonly source: string }[]>(t, ["volume", "list"], a);
  t.deepEqual(volumes.map(({ source }) => source).sort(), [path, `b:${path}`]);
  await site.data(t, ["volume", "backup", "create", "--name", "theirs", path], a);
  const { code, talk } = await site.run(["volume", "backup", "restore", "--force", "theirs", "disk"], b);
  t.deepEqual([code, talk.includes("of another host")], [4, true], talk);
});

test("a catalog is copied to PostgreSQL and back, row by row", async (t) => {
  const site = await Site.open(t);
  const catalog = await newCatalog();
  const env = {
    ASHLAR_STATE_DIR: site.path("a"),
    ASHLAR_REPOSITORY: site.path("repository"),
    ASHLAR_HOST: "a",
  };
  await writeFile(site.path("disk.img"), noise(100_000, 1));
  await site.data(t, ["volume", "backup", "create", "--name", "monday", "disk.img"], { env });
  const [file, back] = [site.path("a", "catalog.sqlite"), site.path("back.sqlite")];
  const copied = await site.json<unknown[]>(t, ["catalog", "copy", file, catalog], { env });
  t.deepEqual(
    (await site.run(["catalog", "copy", file, catalog], { env })).code,
    4,
    "the second is not empty any more",
  );
  const there = { env: { ...env, ASHLAR_CATALOG: catalog, ASHLAR_STATE_DIR: site.path("b") } };
  await site.data(t, ["volume", "backup", "verify", "monday"], there);
  t.deepEqual(await site.json(t, ["catalog", "copy", catalog, back], { env }), copied);
  const [first, second] = await Promise.all([file, back].map((path) => openDriver(path, "package")));
  t.teardown(() => Promise.all([first!.close(), second!.close()]));
  const tables = await first!.all(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT IN ('operations', 'workers') ORDER BY name",
  );
  t.deepEqual(
    tables.map(({ name }) => name),
    (copied as { readonly table: string }[]).map(({ table }) => table).sort(),
    "no table is left out",
  );
  for (const { name } of tables)
    t.deepEqual(await second!.all(`SELECT * FROM ${name}`), await first!.all(`SELECT * FROM ${name}`));
  await first!.run("UPDATE volumes SET holder = 'somebody'");
  const refused = await site.run(["catalog", "copy", file, site.path("c.sqlite")], { env });
  t.is(refused.code, 4);
  t.is((await site.run(["catalog", "copy", site.path("absent"), back], { env })).code, 3);
});

const LIST = ["volume", "list"];

async function failure(t: ExecutionContext, site: Site, env: Record<string, string>): Promise<string> {
  const { code, talk } = await site.run(LIST, { env });
  t.is(code, 1, talk);
  t.false(talk.includes("sesame"), talk);
  return talk;
}

test("a catalog that cannot be opened is named with its reason and advice, and never with its password", async (t) => {
  const site = await Site.open(t);
  const server = await postgresServer();
  await server.requirePassword("guarded", "open");
  const url = new URL(await newCatalog());
  const shown = `postgresql://localhost${url.pathname}`;
  url.username = "guarded";
  url.password = "sesame";
  t.regex(
    await failure(t, site, { ASHLAR_CATALOG: url.href }),
    new RegExp(
      `Cannot connect to catalog ${shown}: password authentication failed .*; check the user and its password`,
    ),
  );
  url.password = "";
  t.regex(await failure(t, site, { ASHLAR_CATALOG: url.href }), /check the user and its password/);
  t.regex(
    await failure(t, site, { ASHLAR_CATALOG: url.href, PGPASSWORD: "sesame" }),
    /password authentication failed/,
  );
  const absent = new URL(await newCatalog());
  absent.pathname = "/absent";
  t.regex(
    await failure(t, site, { ASHLAR_CATALOG: absent.href }),
    /database "absent" does not exist; create the database first/,
  );
  t.regex(
    await failure(t, site, { ASHLAR_CATALOG: "postgresql://u:sesame@127.0.0.1:1/d" }),
    /ECONNREFUSED.*; check that the server runs and is reachable/,
  );
  await server.psql("postgres", `GRANT ALL ON DATABASE ${url.pathname.slice(1)} TO guarded`);
  t.regex(
    await failure(t, site, { ASHLAR_CATALOG: url.href, PGPASSWORD: "open" }),
    /permission denied for schema public; grant this user/,
  );
});
