import test from "ava";
import { NotFoundError, UsageError } from "../../../src/errors.js";
import type { BackupFilter } from "../../../src/service/requests.js";
import { noise } from "../../pipeline/volume-bytes.js";
import { type Start, start } from "../fixture.js";

async function threeBackups(t: Parameters<typeof start>[0]): Promise<Start> {
  const started = await start(t);
  const { world, service } = started;
  await world.backup(service, { volume: "disk", name: "one", metadata: { tier: "gold", site: "b" } });
  await world.write("other.img", noise(5000, 2));
  await world.backup(service, { volume: "other.img", name: "two", metadata: { tier: "gold" } });
  const third = await world.backup(service, { volume: "disk", name: "three", incremental: true });
  await world.catalog.backups.update(third.backup.id, { status: "error" });
  return started;
}

test("newest first, with those that others depend on marked", async (t) => {
  const { service } = await threeBackups(t);
  const views = await service.listBackups();
  t.deepEqual(
    views.map(({ backup, hasDependents }) => [backup.name, hasDependents]),
    [
      ["three", false],
      ["two", false],
      ["one", true],
    ],
  );
});

const FILTERS: readonly (readonly [BackupFilter, readonly string[]])[] = [
  [{ name: "two" }, ["two"]],
  [{ name: "tw" }, []],
  [{ status: "error" }, ["three"]],
  [{ status: "available" }, ["two", "one"]],
  [{ volume: "disk" }, ["three", "one"]],
  [{ volume: "./disk.img" }, ["three", "one"]],
  [{ volume: "disk", status: "available" }, ["one"]],
  [{ limit: 2 }, ["three", "two"]],
  [{ limit: 0 }, []],
  [{ marker: "three" }, ["two", "one"]],
  [{ marker: "three", limit: 1 }, ["two"]],
  [{ marker: "one" }, []],
  [{ metadata: { tier: "gold" } }, ["two", "one"]],
  [{ metadata: { tier: "gold", site: "b" } }, ["one"]],
  [{ metadata: { tier: "gol" } }, []],
  [{ sort: [{ key: "name", descending: false }] }, ["one", "three", "two"]],
  [{ sort: [{ key: "name" }], limit: 1 }, ["two"]],
  [{ sort: [{ key: "name", descending: false }], marker: "one" }, ["three", "two"]],
  [{ sort: [{ key: "name", descending: false }], marker: "one", limit: 1 }, ["three"]],
  [{ sort: [{ key: "status" }, { key: "name", descending: false }] }, ["three", "one", "two"]],
  [{ sort: [{ key: "name" }], marker: "three", status: "available" }, ["one"]],
];

for (const [filter, names] of FILTERS) {
  test(`with ${JSON.stringify(filter)}`, async (t) => {
    const { world, service } = await threeBackups(t);
    const uses = world.runtimeUses;
    const views = await service.listBackups(filter);
    t.deepEqual(
      views.map(({ backup }) => backup.name),
      names,
    );
    t.is(world.runtimeUses, uses, "listing needs no codecs and no digest engine");
  });
}

test("the backups of a volume that is gone are found by its id", async (t) => {
  const { service } = await threeBackups(t);
  const { id } = await service.deleteVolume("disk");
  t.is((await service.listBackups({ volume: id })).length, 2);
});

test("a volume of that name or ID that neither the catalog nor a backup knows is refused", async (t) => {
  const { service } = await threeBackups(t);
  await t.throwsAsync(service.listBackups({ volume: "nothing" }), { instanceOf: NotFoundError });
});

test("what cannot be listed is refused", async (t) => {
  const { service } = await threeBackups(t);
  for (const limit of [-1, 1.5, Number.NaN]) {
    await t.throwsAsync(service.listBackups({ limit }), { instanceOf: UsageError });
  }
  await t.throwsAsync(service.listBackups({ marker: "nothing" }), { instanceOf: NotFoundError });
});

test("a backup is found by name and by id; a name that several have is refused with their ids", async (t) => {
  const { world, service } = await threeBackups(t);
  const { backup } = await service.findBackup("one");
  t.is((await service.findBackup(backup.id)).backup.name, "one");
  const twin = await world.backup(service, { volume: "disk", name: "one" });
  const error = await t.throwsAsync(service.findBackup("one"), { instanceOf: UsageError });
  t.true(error!.message.includes(backup.id) && error!.message.includes(twin.backup.id));
  await t.throwsAsync(service.findBackup("nothing"), {
    instanceOf: NotFoundError,
    message: 'No backup with a name or ID of "nothing" exists',
  });
});

test("verify tells what it has seen, of each point of a chain", async (t) => {
  const { service } = await threeBackups(t);
  const [, two] = await service.listBackups();
  t.like(await service.verifyBackup({ backup: two!.backup.id }), {
    verifiedSize: 5000,
    verifiedDigests: 2,
    verifiedObjects: 1,
    chainLength: 1,
  });
  await t.throwsAsync(service.verifyBackup({ backup: "three" }), {
    message: /Backup status must be available, restoring or consolidating and not error$/,
  });
});
