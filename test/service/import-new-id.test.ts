/** A record that was changed to a new id, as Tempest does it: two backups of the same objects. */
import test from "ava";
import { firstDifference } from "../pipeline/world.js";
import { start } from "./fixture.js";

test("a record is imported under a new id, and objects go with the last backup that has them", async (t) => {
  const { world, service, bytes } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk", name: "monday" });
  const record = await service.exportRecord(backup.id);
  const fields = JSON.parse(Buffer.from(record.backup_url, "base64").toString()) as Record<string, unknown>;
  const id = crypto.randomUUID();
  const changed = Buffer.from(JSON.stringify({ ...fields, id })).toString("base64");
  const imported = await service.importRecord({ ...record, backup_url: changed });
  t.like(imported, { id, status: "available", volumeId: backup.volumeId });
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
