/** Copies of backups in another repository: what they are, what damage does to them, and how they go on. */
import * as fs from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { IntegrityError, StorageError, UsageError } from "../../../src/errors.js";
import type { Service } from "../../../src/service/service.js";
import { SinkLayer } from "../../../src/sinks/layers/layer.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import type { CreateOptions, ObjectWriter } from "../../../src/sinks/sink.js";
import { firstDifference } from "../../pipeline/world.js";
import { damage, type Start, start, withBlock } from "../fixture.js";

/** Counts the objects that are begun, and refuses them from one on. */
class CountingSink extends SinkLayer {
  readonly created: string[] = [];
  createdMax = Number.POSITIVE_INFINITY;

  override async create(container: string, name: string, options?: CreateOptions): Promise<ObjectWriter> {
    if (this.created.length >= this.createdMax) throw new StorageError("it is full", { call: "create" });
    this.created.push(name);
    return await this.inner.create(container, name, options);
  }
}

interface Place extends Start {
  readonly memory: MemorySink;
  readonly sink: CountingSink;
  /** The service for copies. */
  readonly copies: Service;
  readonly second: Uint8Array;
}

const OFFSITE = "s3://offsite";

/** A full backup and an incremental in a directory, and an object store beside it. */
async function place(t: ExecutionContext): Promise<Place> {
  const begun = await start(t);
  const { world, service, bytes, path } = begun;
  const memory = new MemorySink();
  const sink = new CountingSink(memory);
  world.sinks.set(OFFSITE, sink);
  await world.backup(service, { volume: "disk", name: "full", metadata: { tier: "gold" } });
  const second = withBlock(withBlock(bytes, 3, 1), 12, 2);
  await fs.writeFile(path, second);
  await world.backup(service, { volume: "disk", name: "changes", incremental: true });
  world.clock.advance(1000);
  const copies = service.withSettings({ ...world.settings, repository: OFFSITE });
  return { ...begun, memory, sink, copies, second };
}

test("a chain is copied to a store that names objects otherwise, and goes on there", async (t) => {
  const { world, service, copies, second, path, memory } = await place(t);
  const outcome = await copies.copyBackup({ backup: "changes" });
  t.is(outcome.copiedBackups, 2);
  const { copy, source } = outcome;
  t.like(copy, { name: null, status: "available", repository: OFFSITE, container: "volumebackups" });
  t.like(copy.metadata, { ashlar_copy_of: source.id });
  t.deepEqual(copy.dataTimestamp, source.dataTimestamp);
  t.regex(copy.serviceMetadata!, new RegExp(`^volume_.*/az_nova_backup_${source.id}$`));
  let storedSize = 0;
  for await (const { size } of memory.list("volumebackups", "volume_")) storedSize += size;
  t.is(outcome.storedSize, storedSize);
  t.is((await service.verifyBackup({ backup: copy.id })).chainLength, 2);
  await service.restoreBackup({ backup: copy.id, volume: "./restored.img" });
  t.is(firstDifference(await world.read("restored.img"), second), -1);

  const again = await copies.copyBackup({ backup: "changes" });
  t.like(again, { copiedBackups: 0, storedSize: 0 });
  t.is(again.copy.id, copy.id);
  // An incremental may be based on a copy, and another catalog reads the whole chain.
  await fs.writeFile(path, withBlock(second, 1, 3));
  const direct = await world.backup(copies, { volume: "disk", name: "direct", incremental: true });
  t.is(direct.backup.parentId, copy.id);
  t.is((await service.verifyBackup({ backup: "direct" })).chainLength, 3);
  const found = await copies.scanRepository();
  t.deepEqual(new Set(found.map(({ backupId }) => backupId)).size, 3);
});

test("a backup is not copied into its own repository", async (t) => {
  const { service } = await place(t);
  await t.throwsAsync(service.copyBackup({ backup: "full" }), { instanceOf: UsageError });
});

test("damaged objects and tables are not copied", async (t) => {
  for (const suffix of ["-00001", "_sha256file"]) {
    const { world, copies, memory } = await place(t);
    const [backup] = (await copies.listBackups({ name: "full" })).map((view) => view.backup);
    await damage(join(world.repositoryPath, backup!.container!, `${backup!.serviceMetadata}${suffix}`), 40);
    await t.throwsAsync(copies.copyBackup({ backup: "full" }), { instanceOf: IntegrityError }, suffix);
    const names: string[] = [];
    for await (const { name } of memory.list("volumebackups", "")) names.push(name);
    t.false(
      names.some((name) => name.endsWith(suffix) || name.endsWith("_metadata")),
      names.join(),
    );
    t.is((await copies.listBackups({ inRepository: true })).length, 0);
    t.deepEqual(await copies.listOperations(), []);
  }
});

test("an interrupted copy goes on with what is missing, and replaces what is damaged", async (t) => {
  const { service, copies, sink, memory } = await place(t);
  sink.createdMax = 2;
  await t.throwsAsync(copies.copyBackup({ backup: "changes" }), { message: "it is full" });
  const names: string[] = [];
  for await (const { name } of memory.list("volumebackups", "")) names.push(name);
  t.is(names.length, 2);
  const [spoilt] = names;
  const size = (await memory.size("volumebackups", spoilt!))!;
  const writer = await memory.create("volumebackups", spoilt!);
  await writer.write(new Uint8Array(size));
  await writer.close();
  sink.created.length = 0;
  sink.createdMax = Number.POSITIVE_INFINITY;
  const { copy, copiedBackups } = await copies.copyBackup({ backup: "changes" });
  t.is(copiedBackups, 2);
  t.true(sink.created.includes(spoilt!));
  t.false(sink.created.includes(names[1]!));
  await service.verifyBackup({ backup: copy.id });
});

test("a temporary snapshot ends with the backup that is made of it", async (t) => {
  const { world, service } = await start(t);
  const { id } = await service.createSnapshot({ volume: "disk", temporary: true });
  await world.backup(service, { volume: "disk", snapshot: id });
  t.deepEqual(await service.listSnapshots(), []);
});

test("a sampled verification reads a share of the objects, rounded up", async (t) => {
  const { service } = await place(t);
  t.is((await service.verifyBackup({ backup: "full", sample: 0.5 })).verifiedObjects, 2);
  const whole = await service.verifyBackup({ backup: "full" });
  const sample = await service.verifyBackup({ backup: "full", sample: 0.0001 });
  t.deepEqual([sample.verifiedObjects, whole.verifiedObjects], [1, 3]);
  t.true(sample.verifiedSize < whole.verifiedSize);
  await t.throwsAsync(service.verifyBackup({ backup: "full", sample: 1 }), { instanceOf: UsageError });
});

test("sampled verifications find damage as often as the documentation says", async (t) => {
  const { world, service } = await place(t);
  const { backup } = await service.findBackup("full");
  await damage(world.objectPath({ backup }, "-00002"), 4000);
  let missed = 0;
  const runs = 60;
  for (let run = 0; run < runs; run++) {
    // Two of three objects: one of them is the damaged one in two of three cases.
    const verified = service.verifyBackup({ backup: "full", sample: 0.5 });
    missed += await verified.then(
      () => 1,
      (error: unknown) => (error instanceof IntegrityError ? 0 : Number.NaN),
    );
  }
  // The mean is 20, the standard deviation 3.7: four of them on either side.
  t.true(missed > 5 && missed < 35, `${missed} of ${runs} missed it`);
});

test("copies, verifications, consolidations and streams count for the limits of their project and repository", async (t) => {
  const { world, service, copies } = await place(t);
  const fleet = await service.fleet();
  const { backup } = await service.findBackup("changes");
  const nowhere = { write: async () => undefined, finish: async () => undefined };
  const reads = [
    () => service.verifyBackup({ backup: "changes" }),
    () => service.consolidateBackup({ backup: "changes" }),
    () => service.streamBackup({ backup: "changes", output: nowhere }),
  ];
  const copy = () => copies.copyBackup({ backup: "changes" });
  for (const [scope, name, works] of [
    ["project", backup.projectId!, [...reads, copy]],
    ["store", world.settings.repository, reads],
    ["store", OFFSITE, [copy]],
  ] as const) {
    await fleet.setLimit({ scope, name, maxOperations: null, maxMemory: 1 });
    const message = new RegExp(`and the limit of ${scope} "${name}" is 1`);
    for (const work of works) await t.throwsAsync(work(), { instanceOf: UsageError, message });
    await fleet.removeLimit(scope, name);
  }
});
