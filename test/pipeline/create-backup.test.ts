/** A backup in three lines: what is left out is as the command has it, and an incremental names its parent by id. */
import test from "ava";
import {
  createBackup,
  InvalidStateError,
  MemorySink,
  MemorySource,
  MemoryTarget,
  openRepository,
  portableRuntime,
  restoreBackup,
  UsageError,
} from "../../src/index.js";
import { toArray } from "../helpers/to-array.js";
import { noise, patched } from "./volume-bytes.js";

const runtime = await portableRuntime();
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const volume = noise(300_000);

test("a backup of defaults is listed and restored", async (t) => {
  const sink = new MemorySink({ naming: "flat" });
  const created = await createBackup(new MemorySource(volume), sink, {
    runtime,
    volumeId: "data",
    name: "Monday",
  });
  const { id, container, prefix } = created;
  t.regex(id, UUID);
  t.is(container, `${id.slice(0, 2)}/${id.slice(2, 4)}/${id}`);
  t.regex(prefix, new RegExp(`^volume_data_\\d{14}_backup_${id}$`));
  const repository = await openRepository(sink);
  const [backup, ...others] = await toArray(repository.backups());
  t.deepEqual(others, []);
  t.like(backup, {
    id,
    container,
    prefix,
    volumeId: "data",
    name: "Monday",
    description: null,
    objectCount: 1,
  });
  const target = new MemoryTarget({ size: volume.length });
  const chain = await repository.openChain(id);
  t.is(chain.plan.shape.blockSize, 32_768);
  await restoreBackup(chain, target, { runtime });
  t.deepEqual(target.bytes, volume);
});

test("in an object store the defaults are one container and the prefixes of stores", async (t) => {
  const sink = new MemorySink();
  const { id, container, prefix } = await createBackup(new MemorySource(volume), sink, {
    runtime,
    volumeId: "data",
    createdAt: new Date("2026-01-02T03:04:05Z"),
  });
  t.is(container, "volumebackups");
  t.is(prefix, `volume_data/20260102030405/az_nova_backup_${id}`);
});

test("an incremental has its parent's container and block size, and only what changed", async (t) => {
  const sink = new MemorySink();
  const options = { runtime, volumeId: "data" };
  const full = await createBackup(new MemorySource(volume), sink, { ...options, blockSize: 4096 });
  const repository = await openRepository(sink);
  const changed = patched(volume, 100_000, noise(1000, 2));
  const child = await createBackup(new MemorySource(changed), sink, {
    ...options,
    parent: await repository.openParent(full.id),
  });
  t.is(child.container, full.container);
  t.is(child.objects.length, 1);
  t.true(child.objects[0]!.length <= 2 * 4096);
  const target = new MemoryTarget({ size: volume.length });
  await restoreBackup(await repository.openChain(child.id), target, { runtime });
  t.deepEqual(target.bytes, changed);
});

test("a parent that does not fit is refused, closed, and nothing is stored", async (t) => {
  const sink = new MemorySink();
  const full = await createBackup(new MemorySource(volume), sink, { runtime, volumeId: "data" });
  const repository = await openRepository(sink);
  const refused = async (
    source: Uint8Array,
    options: { readonly volumeId: string; readonly blockSize?: number },
    expected: { readonly instanceOf: typeof UsageError | typeof InvalidStateError; readonly message: RegExp },
  ): Promise<void> => {
    const parent = await repository.openParent(full.id);
    await t.throwsAsync(
      createBackup(new MemorySource(source), sink, { runtime, parent, ...options }),
      expected,
    );
  };
  const invalid = { instanceOf: InvalidStateError };
  await refused(
    volume,
    { volumeId: "data", blockSize: 4096 },
    { ...invalid, message: /block size has changed/ },
  );
  await refused(noise(300_001), { volumeId: "data" }, { ...invalid, message: /Volume size increased/ });
  await refused(volume, { volumeId: "other" }, { instanceOf: UsageError, message: /it is of volume data$/ });
  await t.throwsAsync(repository.openParent("missing"), { message: /is not in the repository/ });
  t.is((await toArray(repository.backups())).length, 1);
});

test("what cannot be backed up leaves no container", async (t) => {
  const sink = new MemorySink();
  const options = { runtime, volumeId: "data" };
  await t.throwsAsync(createBackup(new MemorySource(new Uint8Array(0)), sink, options), {
    instanceOf: UsageError,
    message: /it is empty/,
  });
  await t.throwsAsync(createBackup(new MemorySource(volume), sink, { ...options, chunkSize: 5 }), {
    instanceOf: UsageError,
    message: /want a multiple of the block size 32768/,
  });
  const bare = { ...runtime, codecs: new Map() };
  await t.throwsAsync(createBackup(new MemorySource(volume), sink, { ...options, runtime: bare }), {
    instanceOf: UsageError,
    message: /Cannot use compression algorithm "zlib": this build has none$/,
  });
  t.deepEqual(await toArray(sink.containers()), []);
});
