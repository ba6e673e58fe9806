import test from "ava";
import { zlibCodec } from "../../src/codecs/zlib/codec.js";
import { planMemory } from "../../src/pipeline/memory/plan.js";
import { GIB, KIB, MIB } from "../../src/units.js";
import { FakeHost } from "./fake-host.js";
import { FakeService } from "./fake-service.js";

async function run(...args: string[]): Promise<FakeHost> {
  const host = new FakeHost(new FakeService());
  host.exitCode = await host.run("memory", ...args);
  return host;
}

type Row = Readonly<Record<"operation" | "part", string>> & Readonly<Record<"none" | "zlib", number>>;

async function rows(...args: string[]): Promise<Row[]> {
  return JSON.parse((await run("-f", "json", ...args)).data) as Row[];
}

const value = (all: readonly Row[], operation: string, part: string, codec: "none" | "zlib"): number =>
  all.find((row) => row.operation === operation && row.part === part)![codec];

test("prints the plan of both operations in bytes, the guide's figures beside it, and opens no service", async (t) => {
  const host = await run("-f", "json");
  t.is(host.opened, undefined);
  const all = JSON.parse(host.data) as Row[];
  t.deepEqual([...new Set(all.map(({ operation }) => operation))], ["backup", "restore"]);
  const geometry = { blockSize: 32 * KIB, chunkSize: 1_999_994_880 };
  for (const operation of ["backup", "restore"] as const) {
    for (const [name, codec] of [
      ["none", undefined],
      ["zlib", zlibCodec()],
    ] as const) {
      const { plan } = planMemory({ ...geometry, operation, codec });
      t.is(value(all, operation, "read", name), plan.read);
      t.is(value(all, operation, "codec", name), plan.codec);
      t.is(value(all, operation, "one operation", name), plan.total);
      t.is(value(all, operation, "15 operations", name), 15 * plan.total);
      t.is(value(all, operation, "guide: 3 x object size", name), 5_999_984_640);
      t.is(value(all, operation, "guide: 15 operations", name), 89_999_769_600);
    }
  }
});

test("the rows of an operation add up to its total", async (t) => {
  for (const operation of ["backup", "restore"]) {
    const all = await rows("--operation", operation);
    t.true(all.every((row) => row.operation === operation));
    const parts = all.slice(
      0,
      all.findIndex(({ part }) => part === "one operation"),
    );
    const sum = parts.reduce((bytes, { zlib }) => bytes + zlib, 0);
    t.is(sum, value(all, operation, "one operation", "zlib"));
  }
});

test("follows the configured options", async (t) => {
  const options = [
    "backup_file_size=1048576",
    "backup_sha_block_size_bytes=1048576",
    "backup_max_operations=4",
  ];
  const all = await rows(...options.flatMap((option) => ["--option", option]));
  t.is(value(all, "restore", "guide: 3 x object size", "none"), 3 * MIB);
  t.is(value(all, "restore", "guide: 4 operations", "none"), 12 * MIB);
  const unlimited = await rows("--option", "backup_max_operations=0");
  t.is(
    value(unlimited, "backup", "1 operations", "none"),
    value(unlimited, "backup", "one operation", "none"),
  );
});

test("the table has sizes that people read", async (t) => {
  const { data } = await run("--operation", "restore");
  t.regex(data, /\| restore +\| guide: 3 x object size \| 5\.59 GiB +\| 5\.59 GiB +\|/);
  t.regex(data, /\| restore +\| one operation +\| [0-9.]+ MiB +\|/);
});

test("the table comes after its answer: the totals with the configured codec", async (t) => {
  const { data } = await run();
  const [backup, restore, rule] = data.split("\n");
  t.regex(backup!, /^A backup with zlib takes at most [0-9.]+ MiB; 15 at once, [0-9.]+ [MG]iB\.$/);
  t.regex(restore!, /^A restore with zlib takes at most /);
  t.regex(rule!, /^\+--/);
  t.true((await run("-f", "value")).data.startsWith("backup read "));
});

test("what cannot be accepted is told", async (t) => {
  const host = await run("--operation", "delete");
  t.is(host.exitCode, 2);
  t.is(host.data, "");
});

for (const [text, bytes] of [
  ["1", 1],
  ["64k", 64 * KIB],
  ["512M", 512 * MIB],
  ["2G", 2 * GIB],
] as const) {
  test(`backup_max_memory ${text}`, async (t) => {
    const host = new FakeHost(new FakeService());
    t.is(await host.run("--option", `backup_max_memory=${text}`, "volume", "list"), 0);
    t.is(host.opened?.settings.maxMemory, bytes);
  });
}

for (const text of ["0", "0M", "-1", "1T", "1.5G", "M", "much"]) {
  test(`refused: backup_max_memory ${text}`, async (t) => {
    const host = new FakeHost(new FakeService());
    t.is(await host.run("--option", `backup_max_memory=${text}`, "volume", "list"), 2);
    t.true(
      host.talk.includes(
        `Cannot use backup_max_memory "${text}" (--option): want a whole number above 0, of bytes or with K, M or G behind it`,
      ),
    );
  });
}
