import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { ashlar } from "../../bench/peers/ashlar.js";
import { borg } from "../../bench/peers/borg.js";
import { cinder, idOf } from "../../bench/peers/cinder.js";
import { restic } from "../../bench/peers/restic.js";
import { Site } from "../../bench/peers/site.js";
import { MIB } from "../../src/units.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";

const site = new Site("/bench", { leavesFiles: true });

test("an incremental of ours is asked for as one, a full backup is not", (t) => {
  const peer = ashlar("ashlar zstd", { codec: "zstd", objectSize: 50 * MIB, before: ["taskset", "-c", "0"] });
  const full = peer.backup(site, { name: "full" }).argv;
  t.deepEqual(full.slice(0, 3), ["taskset", "-c", "0"]);
  t.true(full.includes("backup_compression_algorithm=zstd") && full.includes("backup_file_size=52428800"));
  t.false(full.includes("--incremental"));
  t.true(peer.backup(site, { name: "next", parent: "full" }).argv.includes("--incremental"));
});

test("Cinder's backups have IDs by their names", (t) => {
  const names = ["full", "next", "link1", "link7"];
  t.true(
    names.every((name) =>
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/.test(idOf(name)),
    ),
  );
  t.is(new Set(names.map(idOf)).size, names.length);
  const peer = cinder("cinder none", { codec: "none", objectSize: 4096, volumeSize: 8192 });
  const fields = JSON.parse(peer.backup(site, { name: "next", parent: "full" }).argv.at(-1)!);
  t.like(fields, { id: idOf("next"), parent_id: idOf("full"), compression: "none", file_size: 4096 });
});

test("tools that would trust a file's time are told to read it", (t) => {
  t.true(restic().backup(site, { name: "a" }).argv.includes("--force"));
  const { argv } = borg("borg fixed", "fixed,32768").backup(site, { name: "a" });
  t.is(argv[argv.indexOf("--files-cache") + 1], "disabled");
  t.is(argv[argv.indexOf("--chunker-params") + 1], "fixed,32768");
});

for (const leavesFiles of [true, false]) {
  test(`a state comes back as it was, ${leavesFiles ? "linked" : "copied"}`, async (t) => {
    const directory = await temporaryDirectory(t);
    const site = new Site(directory, { leavesFiles });
    await site.clear();
    await writeFile(join(site.repository, "object"), "12345");
    await writeFile(join(site.live, "catalog"), "before");
    await site.save("full");
    t.true(site.has("full") && !site.has("chain"));

    await writeFile(join(site.live, "catalog"), "after");
    await writeFile(join(site.repository, "more"), "678");
    t.is(await site.repositorySize(), 8);
    await site.load("full");
    t.is(await readFile(join(site.live, "catalog"), "utf8"), "before");
    t.is(await site.repositorySize(), 5);
  });
}
