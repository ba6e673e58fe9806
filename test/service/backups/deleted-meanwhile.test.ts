/** Backups that are deleted while a scan or an import reads them do not come back. */
import { Buffer } from "node:buffer";
import test from "ava";
import { InvalidStateError, NotFoundError } from "../../../src/errors.js";
import { openSink } from "../../../src/node/sink-host.js";
import type { ObjectSink } from "../../../src/sinks/sink.js";
import { rowsOf, type Start, start, type World } from "../fixture.js";

/** The world's repository; `meanwhile` happens once, when the objects of a backup have been listed. */
async function sinkWith(world: World, meanwhile: () => Promise<void>): Promise<ObjectSink> {
  const { sink } = await openSink(world.settings.repository);
  let isOver = false;
  async function* list(container: string, prefix: string): ReturnType<ObjectSink["list"]> {
    yield* sink.list(container, prefix);
    if (isOver) return;
    isOver = true;
    await meanwhile();
  }
  return new Proxy(sink, {
    get(target, key) {
      if (key === "list") return list;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

async function exported(t: Parameters<typeof start>[0]): Promise<Start & { record: Exported; id: string }> {
  const started = await start(t);
  const { backup } = await started.world.backup(started.service, { volume: "disk", name: "one" });
  return { ...started, id: backup.id, record: await started.service.exportRecord(backup.id) };
}

type Exported = Awaited<ReturnType<Start["service"]["exportRecord"]>>;

test("a backup that is imported and deleted while its record is imported stays deleted", async (t) => {
  const { world, service, record, id } = await exported(t);
  await world.catalog.backups.remove(id);
  const sink = await sinkWith(world, async () => {
    await service.importRecord(record);
    await service.deleteBackup(id);
  });
  const slow = await world.open({ sink });
  await t.throwsAsync(slow.importRecord(record), {
    instanceOf: NotFoundError,
    message: `Cannot add backup ${id}: it was deleted while it was read`,
  });
  t.deepEqual((await rowsOf(world)).backups, []);
});

test("a backup that is imported while its record is imported is there already", async (t) => {
  const { world, service, record, id } = await exported(t);
  await world.catalog.backups.remove(id);
  const sink = await sinkWith(world, async () => void (await service.importRecord(record)));
  const slow = await world.open({ sink });
  await t.throwsAsync(slow.importRecord(record), {
    instanceOf: InvalidStateError,
    message: `Invalid backup ${id}: Backup already exists in database.`,
  });
  t.deepEqual((await rowsOf(world)).backups, ["one available"]);
});

test("a record is not imported under a new id while its objects are deleted", async (t) => {
  const { world, service, record, id } = await exported(t);
  const fields = JSON.parse(Buffer.from(record.backup_url, "base64").toString()) as Record<string, unknown>;
  const changed = Buffer.from(JSON.stringify({ ...fields, id: crypto.randomUUID() })).toString("base64");
  for (const status of ["deleting", "error_deleting"] as const) {
    await world.catalog.backups.update(id, { status });
    await t.throwsAsync(service.importRecord({ ...record, backup_url: changed }), {
      instanceOf: InvalidStateError,
      message: new RegExp(`its objects are being deleted with ${id}$`),
    });
    t.deepEqual((await rowsOf(world)).backups, [`one ${status}`]);
  }
});

test("a scan does not bring back what is deleted meanwhile", async (t) => {
  const { world, service, id } = await exported(t);
  await world.catalog.backups.remove(id);
  let deletions = 0;
  const { sink } = await openSink(world.settings.repository);
  const slow = await world.open({
    sink: new Proxy(sink, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (key !== "size" || typeof value !== "function")
          return typeof value === "function" ? value.bind(target) : value;
        return async (container: string, name: string) => {
          // The last look at the manifest, after the row was added.
          if (name.endsWith("_metadata") && (await world.catalog.backups.byId(id)) !== undefined) {
            deletions++;
            await service.deleteBackup(id, { force: true });
          }
          return await sink.size(container, name);
        };
      },
    }),
  });
  const [found] = await slow.scanRepository();
  t.is(deletions, 1);
  t.is(found?.finding, "skipped");
  t.deepEqual((await rowsOf(world)).backups, []);
});
