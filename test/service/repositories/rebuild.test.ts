/** A catalog that was lost as a whole, brought back by its records, and from the repository alone. */
import { Buffer } from "node:buffer";
import * as fs from "node:fs/promises";
import test, { type ExecutionContext } from "ava";
import type { Service } from "../../../src/service/service.js";
import { firstDifference } from "../../pipeline/world.js";
import { start, World, withBlock } from "../fixture.js";

interface Lost {
  readonly world: World;
  readonly records: readonly { backup_service: string; backup_url: string }[];
  /** What each backup restores to, by name. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

const KEY_ID = "5f9a3c52-0000-4000-8000-00000000abcd";
const OLGA = { userId: "olga", projectId: "p1", roles: ["admin"] };

/** Two volumes of two projects: a chain of three, one of two, and one backup in error, which no record is exported of. */
async function loseCatalog(t: ExecutionContext): Promise<Lost> {
  const { world, service, bytes, path } = await start(t);
  await world.catalog.volumes.update((await service.findVolume("disk")).id, { encryptionKeyId: KEY_ID });
  const contents = new Map<string, Uint8Array>();
  const take = async (by: Service, volume: string, name: string, data: Uint8Array): Promise<void> => {
    const { source } = await by.findVolume(volume);
    await fs.writeFile(source!, data);
    await world.backup(by, { volume, name, incremental: contents.size % 3 !== 0 });
    contents.set(name, data);
  };
  t.is((await service.findVolume("disk")).source, path);
  await take(service, "disk", "full", bytes);
  await take(service, "disk", "second", withBlock(bytes, 3, 1));
  await take(service, "disk", "third", withBlock(withBlock(bytes, 3, 1), 9, 2));
  const other = service.as(OLGA);
  const source = await world.write("other.img", bytes);
  await other.createVolume({ name: "other", source });
  await take(
    other,
    "other",
    "base",
    bytes.map((byte) => byte ^ 255),
  );
  await take(
    other,
    "other",
    "change",
    withBlock(
      bytes.map((byte) => byte ^ 255),
      0,
      3,
    ),
  );
  return { world, records: await service.exportRecords(), contents };
}

/** A service with an empty catalog, and what it restores every backup to. */
async function begin(t: ExecutionContext, lost: Lost): Promise<{ service: Service; check(): Promise<void> }> {
  const { repository } = lost.world.settings;
  const fresh = await World.create(t);
  const service = await fresh.open({ settings: { repository } });
  const check = async (): Promise<void> => {
    for (const [name, data] of lost.contents) {
      const { volume } = await service.restoreBackup({ backup: name, volume: `copy-of-${name}` });
      t.is(firstDifference(await fs.readFile(volume.source!), data), -1, name);
    }
    const views = await service.listBackups({ allProjects: true });
    t.deepEqual(views.map(({ backup }) => backup.name!).sort(), [...lost.contents.keys()].sort());
    t.is(views.find(({ backup }) => backup.name === "third")?.chainLength, 3);
    t.is((await service.findBackup("third")).backup.encryptionKeyId, KEY_ID);
    t.is((await service.findVolume("disk")).encryptionKeyId, KEY_ID);
    t.is((await service.findVolume("copy-of-third")).encryptionKeyId, KEY_ID);
    t.is((await service.findBackup("change")).backup.encryptionKeyId, null);
  };
  return { service, check };
}

test("by its records, in any order, each where it belongs; again it changes nothing", async (t) => {
  const lost = await loseCatalog(t);
  const { service, check } = await begin(t, lost);
  const records = [...lost.records].reverse();
  const imported = await service.importRecords({ records, keepOwner: true });
  t.deepEqual(
    imported.map(({ finding, missingParentId }) => [finding, missingParentId]),
    records.map(() => ["added", undefined]),
  );
  await check();
  t.is((await service.listBackups()).length, 3);
  t.is((await service.as(OLGA).listBackups()).length, 2);
  t.like((await service.findBackup("change")).backup, { userId: "olga", projectId: "p1" });
  const again = await service.importRecords({ records });
  t.true(again.every(({ finding }) => finding === "known"));
});

test("from the repository alone, each where it belongs", async (t) => {
  const lost = await loseCatalog(t);
  const { service, check } = await begin(t, lost);
  const found = await service.scanRepository({ keepOwner: true });
  t.deepEqual(new Set(found.map(({ finding }) => finding)), new Set(["added"]));
  await check();
  t.is((await service.as(OLGA).listBackups()).length, 2);
});

test("without being told to keep owners, all belongs to whoever imports", async (t) => {
  const lost = await loseCatalog(t);
  const { service } = await begin(t, lost);
  await service.importRecords({ records: lost.records });
  t.is((await service.listBackups()).length, 5);
  t.deepEqual(await service.as(OLGA).listBackups(), []);
});

test("what is refused does not hold up the others, and parents that are missing are named", async (t) => {
  const lost = await loseCatalog(t);
  const { service } = await begin(t, lost);
  const [full, second, third, base] = lost.records;
  const edited = (record: (typeof lost.records)[number], changes: object): (typeof lost.records)[number] => {
    const fields = JSON.parse(Buffer.from(record.backup_url, "base64").toString()) as object;
    const backup_url = Buffer.from(JSON.stringify({ ...fields, ...changes })).toString("base64");
    return { ...record, backup_url };
  };
  const imported = await service.importRecords({
    records: [
      third!,
      { ...full!, backup_url: "nonsens" },
      edited(second!, { object_count: 7 }),
      edited(second!, { parent_id: null }),
      edited(base!, { size: 0 }),
      edited(base!, { id: "other" }),
      base!,
    ],
  });
  const secondId = (JSON.parse(Buffer.from(second!.backup_url, "base64").toString()) as { id: string }).id;
  t.deepEqual(
    imported.map(({ finding, missingParentId }) => [finding, missingParentId]),
    [["added", secondId], ...Array.from({ length: 5 }, () => ["refused", undefined]), ["added", undefined]],
  );
  const reasons = imported.map(({ reason }) => reason ?? "");
  t.regex(reasons[1]!, /Can't decode backup record/);
  t.regex(reasons[2]!, /its manifest lists 1 objects, the record counts 7/);
  t.regex(reasons[3]!, /its manifest names parent .*, the record null/);
  t.regex(reasons[4]!, /its objects reach to byte 82020, past the 0 GiB of the record/);
  t.regex(reasons[5]!, /it is of backup/);
  await t.throwsAsync(service.restoreBackup({ backup: "third" }), { message: /is not in the catalog/ });
});

test("an import that is stopped ends between two records", async (t) => {
  const lost = await loseCatalog(t);
  const { service } = await begin(t, lost);
  const signal = AbortSignal.abort();
  await t.throwsAsync(service.importRecords({ records: lost.records, signal }));
  t.deepEqual(await service.listBackups(), []);
});
