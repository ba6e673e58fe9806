/** `ashlar benchmark`: its flags, its table, its recommendations and its files. */
import test from "ava";
import { MIB } from "../../src/units.js";
import { FakeHost } from "./fake-host.js";
import { FakeService } from "./fake-service.js";

async function run(...args: string[]): Promise<FakeHost> {
  const host = new FakeHost(new FakeService());
  host.exitCode = await host.run("benchmark", ...args);
  return host;
}

test("measures the configured settings beside those to compare, on a volume that is made up", async (t) => {
  const host = await run("--option", "backup_zlib_level=4", "--codecs", "none,zstd:1", "--rounds", "5");
  t.is(host.exitCode, 0, host.talk);
  const { trials, rounds, volume, scratch, operations, changeShare, repository } = host.benchmark!;
  t.deepEqual(
    trials.map(({ compression, level, objectSize, concurrentObjects }) => [
      compression,
      level,
      objectSize,
      concurrentObjects,
    ]),
    [
      ["zlib", 4],
      ["none", undefined],
      ["zstd", 1],
    ].map((codec) => [...codec, 1_999_994_880, 4]),
  );
  t.is(rounds, 5);
  t.is(changeShare, 0.01);
  t.deepEqual(operations, ["backup", "incremental", "verify", "restore"]);
  t.deepEqual(volume, { size: 512 * MIB, zeroShare: 0.3, textShare: 0.6, seed: 1 });
  t.true(repository.startsWith(`file://${scratch}`), "the state directory");
});

test("all combinations of lists are measured, each once", async (t) => {
  const lists = ["--codecs", "zlib,zlib:6", "--object-sizes", "8M,64K", "--concurrent-objects", "1,16"];
  const host = await run("disk.raw", ...lists, "--operations", "restore,backup", "--scratch", "scratch");
  t.is(host.exitCode, 0, host.talk);
  const { trials, volume, operations, scratch } = host.benchmark!;
  t.is(trials.length, 5, "four, and the configured settings");
  t.is(volume, "/here/disk.raw");
  t.is(scratch, "/here/scratch");
  t.deepEqual(operations, ["backup", "restore"], "in the order in which they are done");
  t.regex(host.data, /Object Size .* At Once /, "columns that differ are shown");
  t.is((await run("nbd://host/export")).benchmark!.volume, "nbd://host/export");
});

test("prints rows, and what they recommend, only to people", async (t) => {
  const { data } = await run("--codecs", "none,zstd", "--operations", "backup");
  t.regex(data, /\| backup +\| zlib 6 +\| +113\.8 \| +5 \| 128 MiB +\| 512 MiB +\| compress 75% +\|/);
  t.regex(
    data,
    /^For balanced: none, objects of 1907\.3 MiB, 4 at once \(1\.13 times as fast as the configured settings, with 110% of their stored bytes; "compress" limits it, 75% of the time\)\.$/m,
  );
  t.regex(data, /^For shortest backup: zstd 3, /m);
  t.regex(
    data,
    /^For fewest stored bytes: zlib 6, .* \(the configured settings: stores 50% of the volume; /m,
  );
  const json = JSON.parse((await run("--codecs", "none", "-f", "json")).data) as Record<string, unknown>[];
  t.is(json.length, 8);
  t.deepEqual(json[4], {
    ...{ operation: "backup", codec: "none", level: null, object_size: 1_999_994_880, concurrent_objects: 4 },
    ...{ mib_per_second: 128, seconds: 8, seconds_min: 7, seconds_max: 9, processor_seconds: 5 },
    ...{ memory: 128 * MIB, stored_size: 2 ** 29 * 1.1, limited_by: "compress", limited_percent: 75 },
  });
});

test("writes reports", async (t) => {
  const host = await run("vol<u>me", "--html", "report.html", "--json", "report.json");
  const page = host.files.get("/here/report.html")!;
  t.regex(page, /^<!doctype html>/);
  t.true(page.includes("/here/vol&lt;u&gt;me") && !page.includes("<u>"), "what users name is escaped");
  for (const title of ["Full backup", "Incremental backup", "Verification", "Restore"])
    t.true(page.includes(title));
  t.false(/<script|https?:/.test(page), "one page without scripts or other files");
  const report = JSON.parse(host.files.get("/here/report.json")!) as Record<string, unknown>;
  t.is(report.volume, "/here/vol<u>me");
  t.deepEqual(report.machine, {
    version: "1.2.3",
    runtime: "Node v20",
    processor: "abacus",
    cores: 2,
    memory: 2 ** 30,
    load: 0,
  });
  t.is((report.rows as unknown[]).length, 16);
  t.is((report.recommendations as unknown[]).length, 3);
});

for (const [args, message] of [
  [["--rounds", "0"], 'Cannot use --rounds "0": want a whole number above 0'],
  [
    ["--size", "many"],
    'Cannot use --size "many": want a whole number above 0, of bytes or with K, M or G behind it',
  ],
  [["--zero-share", "30%"], 'Cannot use --zero-share "30%": want a number from 0 to 1, e.g. 0.3'],
  [["--change-share", "1.5"], 'Cannot use --change-share "1.5": want a number from 0 to 1, e.g. 0.3'],
  [["--codecs", "lzma"], 'Cannot use --codecs "lzma": want one of none, zlib, bz2, zstd'],
  [["--codecs", "zlib:10"], "Cannot use zlib level 10: want a whole number from 1 to 9"],
  [
    ["--codecs", "none:1"],
    'Cannot use --codecs "none:1": want CODEC or CODEC:LEVEL, and none without a level',
  ],
  [
    ["--operations", "delete"],
    'Cannot use --operations "delete": want one of backup, incremental, verify, restore',
  ],
  [
    ["--text-share", "1", "disk"],
    'Cannot use --text-share with volume "disk": it describes a made-up volume',
  ],
] as const) {
  test(`refuses ${args.join(" ")}`, async (t) => {
    const host = await run(...args);
    t.is(host.exitCode, 2);
    t.true(host.talk.includes(message), host.talk);
    t.is(host.benchmark, undefined);
  });
}
