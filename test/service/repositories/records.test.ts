import { Buffer } from "node:buffer";
import * as fs from "node:fs/promises";
import test from "ava";
import { IntegrityError, InvalidStateError, UsageError } from "../../../src/errors.js";
import { firstDifference } from "../../pipeline/world.js";
import { rowsOf, start, VOLUME_SIZE, World, withBlock } from "../fixture.js";

type Fields = Record<string, unknown>;

function decode(url: string): Fields {
  return JSON.parse(Buffer.from(url, "base64").toString()) as Fields;
}

function encode(fields: Fields): string {
  return Buffer.from(JSON.stringify(fields)).toString("base64");
}

test("records bring a chain into an empty catalog, child before parent, and it restores", async (t) => {
  const { world, service, bytes, path } = await start(t);
  const full = await world.backup(service, { volume: "disk", name: "full", metadata: { tier: "gold" } });
  const changed = withBlock(bytes, 4, 1);
  await fs.writeFile(path, changed);
  const child = await world.backup(service, { volume: "disk", name: "child", incremental: true });
  const records = [await service.exportRecord("child"), await service.exportRecord("full")];
  t.like(decode(records[1]!.backup_url), {
    id: full.backup.id,
    num_dependent_backups: 1,
    metadata: { tier: "gold" },
  });

  const other = await World.create(t);
  const elsewhere = await other.open({ settings: { repository: world.settings.repository } });
  const imported = await elsewhere.importRecord(records[0]!);
  t.deepEqual(imported.updatedAt, other.clock.now());
  t.like(imported, { id: child.backup.id, parentId: full.backup.id, status: "available", name: "child" });
  await t.throwsAsync(elsewhere.restoreBackup({ backup: "child" }), { message: /is not in the catalog/ });
  t.like(await elsewhere.importRecord(records[1]!), { metadata: { tier: "gold" }, volumeSize: VOLUME_SIZE });
  t.like(await elsewhere.findVolume("disk"), { id: full.backup.volumeId, source: null, size: VOLUME_SIZE });
  await elsewhere.restoreBackup({ backup: "child", volume: "./copy.img" });
  t.is(firstDifference(await other.read("copy.img"), changed), -1);
  await t.throwsAsync(elsewhere.importRecord(records[0]!), {
    instanceOf: InvalidStateError,
    message: `Invalid backup ${child.backup.id}: Backup already exists in database.`,
  });
});

test("only an available backup has a record", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  await world.catalog.backups.update(backup.id, { status: "error" });
  await t.throwsAsync(service.exportRecord(backup.id), {
    instanceOf: InvalidStateError,
    message: `Invalid backup ${backup.id}: Backup status must be available and not error`,
  });
});

test("a record that cannot be followed is refused, and nothing is added", async (t) => {
  const { world, service } = await start(t);
  const view = await world.backup(service, { volume: "disk" });
  const { backup_service, backup_url } = await service.exportRecord(view.backup.id);
  const fields = decode(backup_url);
  await service.deleteVolume("disk");
  await world.catalog.backups.remove(view.backup.id);
  const refuse = async (
    record: Parameters<typeof service.importRecord>[0],
    instanceOf: typeof UsageError | typeof IntegrityError,
  ): Promise<void> => {
    await t.throwsAsync(service.importRecord(record), { instanceOf });
    t.deepEqual(await rowsOf(world), { volumes: [], backups: [] });
  };
  await refuse({ backup_service: "cinder.backup.drivers.swift.SwiftBackupDriver", backup_url }, UsageError);
  await refuse({ backup_service, backup_url: "nonsense" }, UsageError);
  await refuse({ backup_service, backup_url: encode({ ...fields, container: "../.." }) }, UsageError);
  await refuse({ backup_service, backup_url: encode({ ...fields, container: null }) }, UsageError);
  await refuse({ backup_service, backup_url: encode({ ...fields, service_metadata: "../x" }) }, UsageError);
  await refuse({ backup_service, backup_url: encode({ ...fields, container: "else" }) }, IntegrityError);
  await refuse({ backup_service, backup_url: encode({ ...fields, volume_id: "other" }) }, IntegrityError);
  await refuse({ backup_service, backup_url: encode({ ...fields, id: "other" }) }, IntegrityError);
  const objectPath = world.objectPath(view, "-00002");
  await fs.rename(objectPath, `${world.directory}/away`);
  await refuse({ backup_service, backup_url }, IntegrityError);
  await fs.rename(`${world.directory}/away`, objectPath);
  t.is((await service.importRecord({ backup_service, backup_url })).id, view.backup.id);
});

test("records of all available backups, the oldest first, rebuild a catalog with texts that were given later", async (t) => {
  const { world, service } = await start(t);
  const { id } = await service.findVolume("disk");
  await world.catalog.volumes.update(id, { description: "root", metadata: { tier: "gold" } });
  await world.backup(service, { volume: "disk", name: "one", description: "first" });
  await world.backup(service, { volume: "disk", incremental: true });
  await world.backup(service, { volume: "disk", name: "broken" });
  await service.resetBackup("broken", "error");
  await service.updateBackup({ backup: "one", name: "uno", metadata: { a: "b" } });
  const records = await service.exportRecords();
  t.is(records.length, 2);
  for (const { backup } of await service.listBackups()) await world.catalog.backups.remove(backup.id);
  await world.catalog.volumes.remove(id);
  for (const record of records) await service.importRecord(record);
  t.like((await service.findBackup("uno")).backup, { description: "first", metadata: { a: "b" } });
  t.deepEqual(
    (await service.listBackups()).map(({ chainLength }) => chainLength),
    [2, 1],
  );
  t.like(await service.findVolume(id), { name: "disk", description: "root", metadata: { tier: "gold" } });
});
