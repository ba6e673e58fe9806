/** A repository is what is in the store, with no catalog beside it. */
import test from "ava";
import { toUtf8 } from "../../src/bytes.js";
import { openRepository, type RepositoryBackup, type SkippedBackup } from "../../src/chain/repository.js";
import { StorageError } from "../../src/errors.js";
import { manifestName } from "../../src/format/names.js";
import { restoreBackup } from "../../src/pipeline/restore.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import { MemoryTarget } from "../../src/sources/memory.js";
import { noise, patched } from "../pipeline/volume-bytes.js";
import {
  CONTAINER,
  firstDifference,
  identityOf,
  portable,
  readObject,
  VOLUME_ID,
  World,
  writeObject,
} from "../pipeline/world.js";

const BLOCK_SIZE = 512;
const { runtime } = portable;
const { hashes } = runtime;

const first = noise(9 * BLOCK_SIZE + 100);
const second = patched(first, 3 * BLOCK_SIZE, noise(BLOCK_SIZE, 2));

/** A full backup and an incremental one. */
async function createWorld(): Promise<World> {
  const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize: 4 * BLOCK_SIZE });
  await world.backup(first);
  await world.backup(second, { incremental: true });
  return world;
}

async function collect(backups: AsyncIterable<RepositoryBackup>): Promise<RepositoryBackup[]> {
  const found: RepositoryBackup[] = [];
  for await (const backup of backups) found.push(backup);
  return found;
}

test("lists what the manifests say", async (t) => {
  const { sink } = await createWorld();
  const repository = await openRepository(sink);
  const [full, child, ...others] = await collect(repository.backups());
  t.deepEqual(full, {
    id: identityOf(1).backupId,
    volumeId: VOLUME_ID,
    name: "nightly",
    description: null,
    createdAt: new Date("2026-01-02T03:04:05Z"),
    size: 1,
    volumeSize: first.length,
    parentId: null,
    isIncremental: false,
    objectCount: 3,
    container: CONTAINER,
    prefix: "volume_1",
  });
  t.is(child?.id, identityOf(2).backupId);
  t.is(child?.parentId, full!.id);
  t.true(child?.isIncremental);
  t.is(child?.volumeSize, undefined, "an incremental does not tell");
  t.deepEqual(others, []);
});

test("a store with nothing in it has no backups", async (t) => {
  const repository = await openRepository(new MemorySink(), { hashes });
  t.deepEqual(await collect(repository.backups()), []);
});

test("opens a chain without having been asked for a list", async (t) => {
  const { sink } = await createWorld();
  for (const [number, bytes] of [first, second].entries()) {
    const repository = await openRepository(sink, { hashes });
    const chain = await repository.openChain(identityOf(number + 1).backupId);
    t.is(chain.links.length, number + 1);
    const target = new MemoryTarget({ size: bytes.length });
    await restoreBackup(chain, target, { runtime });
    t.is(firstDifference(target.bytes, bytes), -1);
  }
});

test("a prefix that ends with the backup's id is found without reading the others", async (t) => {
  const { sink } = await createWorld();
  const id = identityOf(1).backupId;
  const prefix = `volume_${VOLUME_ID}_20260102030405_backup_${id}`;
  await sink.createContainer("other");
  for await (const { name } of sink.list(CONTAINER, "volume_1")) {
    const text = new TextDecoder().decode(await readObject(sink, name));
    const bytes = name === manifestName("volume_1") ? toUtf8(text.replaceAll("volume_1", prefix)) : undefined;
    const writer = await sink.create("other", name.replace("volume_1", prefix));
    await writer.write(bytes ?? (await readObject(sink, name)));
    await writer.close();
  }
  const chain = await (await openRepository(sink, { hashes })).openChain(id);
  t.is(chain.links[0]?.backup.container, "other");
});

test("says which backup is missing", async (t) => {
  const { sink } = await createWorld();
  const [full, child] = [identityOf(1).backupId, identityOf(2).backupId];
  await sink.remove(CONTAINER, manifestName("volume_1"));
  const repository = await openRepository(sink, { hashes });
  await t.throwsAsync(repository.openChain(child), {
    message: `Cannot open backup ${child}: its parent ${full} is not in the repository`,
  });
  await t.throwsAsync(repository.openChain(full), {
    message: `Cannot open backup ${full}: it is not in the repository`,
  });
  t.deepEqual(
    (await collect(repository.backups())).map(({ id }) => id),
    [child],
  );
});

test("a chain that is a circle is refused", async (t) => {
  const { sink } = await createWorld();
  const name = manifestName("volume_1");
  const text = new TextDecoder().decode(await readObject(sink, name));
  const child = identityOf(2).backupId;
  await writeObject(sink, name, toUtf8(text.replace('"parent_id": null', `"parent_id": "${child}"`)));
  const repository = await openRepository(sink, { hashes });
  await t.throwsAsync(repository.openChain(child), { message: /its chain is a circle/ });
});

test("one damaged manifest does not hide the others", async (t) => {
  const { sink } = await createWorld();
  await writeObject(sink, manifestName("volume_1"), toUtf8("{"));
  const skipped: SkippedBackup[] = [];
  const repository = await openRepository(sink, { hashes });
  const found = await collect(repository.backups({ onSkipped: (backup) => skipped.push(backup) }));
  t.deepEqual(
    found.map(({ prefix }) => prefix),
    ["volume_2"],
  );
  t.deepEqual(
    skipped.map(({ prefix, error }) => [prefix, error.code]),
    [["volume_1", "integrity"]],
  );
});

test("a store that does not answer is not taken for a damaged backup", async (t) => {
  class SilentSink extends MemorySink {
    override open(): Promise<never> {
      return Promise.reject(new StorageError("Cannot read: no answer", { call: "open" }));
    }
  }
  const sink = new SilentSink();
  await sink.createContainer(CONTAINER);
  await writeObject(sink, manifestName("volume_1"), toUtf8("{}"));
  const repository = await openRepository(sink, { hashes });
  await t.throwsAsync(collect(repository.backups()), { message: "Cannot read: no answer" });
});

test("a listing ends with its signal", async (t) => {
  const { sink } = await createWorld();
  const repository = await openRepository(sink, { hashes });
  const controller = new AbortController();
  const reason = new Error("enough");
  const listing = repository.backups({ signal: controller.signal });
  t.false((await listing.next()).done);
  controller.abort(reason);
  t.is(await t.throwsAsync(listing.next()), reason);
});
