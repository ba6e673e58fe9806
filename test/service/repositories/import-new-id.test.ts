/** A record that was changed to a new id, as Tempest does it: two backups of the same objects. */
import test from "ava";
import type { BackupRow } from "../../../src/catalog/backups.js";
import { InvalidStateError } from "../../../src/errors.js";
import type { Service } from "../../../src/service/service.js";
import { firstDifference } from "../../pipeline/world.js";
import { start, withBlock } from "../fixture.js";

async function importUnderNewId(service: Service, { id: known }: BackupRow): Promise<BackupRow> {
  const record = await service.exportRecord(known);
  const fields = JSON.parse(Buffer.from(record.backup_url, "base64").toString()) as Record<string, unknown>;
  const changed = Buffer.from(JSON.stringify({ ...fields, id: crypto.randomUUID() })).toString("base64");
  return await service.importRecord({ ...record, backup_url: changed });
}

test("a record is imported under a new id, and objects go with the last backup that has them", async (t) => {
  const { world, service, bytes } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk", name: "monday" });
  const imported = await importUnderNewId(service, backup);
  const { id } = imported;
  t.not(id, backup.id);
  t.like(imported, { status: "available", volumeId: backup.volumeId });
  await service.deleteBackup(backup.id);
  await service.restoreBackup({ backup: id, volume: "copy" });
  const [copy] = await world.volumeFiles();
  t.is(firstDifference(await world.read(`state/volumes/${copy}`), bytes), -1);
  await service.deleteBackup(id);
  t.deepEqual(
    (await world.stored()).filter((name) => !name.endsWith("/")),
    [],
  );
});

for (const first of ["the backup", "its other id"]) {
  test(`consolidating ${first} keeps the objects that both have`, async (t) => {
    const { world, service, bytes } = await start(t);
    await world.backup(service, { volume: "disk", name: "full" });
    const changed = withBlock(bytes, 3, 1);
    await world.write("disk.img", changed);
    const { backup } = await world.backup(service, { volume: "disk", incremental: true });
    const other = await importUnderNewId(service, backup);
    const [one, two] = first === "the backup" ? [backup, other] : [other, backup];
    await service.consolidateBackup({ backup: one.id });
    for (const { id } of [one, two]) {
      await service.verifyBackup({ backup: id });
      const { volume } = await service.restoreBackup({ backup: id, volume: `copy-of-${id}` });
      t.is(firstDifference(await world.read(volume.source!.slice(world.directory.length)), changed), -1);
    }
    await t.throwsAsync(service.deleteBackup("full"), { instanceOf: InvalidStateError });
    await service.consolidateBackup({ backup: two.id });
    for (const { id } of [one, two]) await service.verifyBackup({ backup: id });
    for (const id of ["full", one.id, two.id]) await service.deleteBackup(id);
    t.deepEqual(
      (await world.stored()).filter((name) => !name.endsWith("/")),
      [],
    );
  });
}
