import test from "ava";
import { fromUtf8, toUtf8 } from "../../src/bytes.js";
import { openChain } from "../../src/chain/chain.js";
import { checkStoredObjects, readLink } from "../../src/chain/link.js";
import { StoredTable } from "../../src/chain/stored-table.js";
import { IntegrityError } from "../../src/errors.js";
import { digestTableName, manifestName } from "../../src/format/names.js";
import { restoreBackup } from "../../src/pipeline/restore.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import type { ObjectEntry, ObjectReader } from "../../src/sinks/sink.js";
import { MemoryTarget } from "../../src/sources/memory.js";
import { noise, patched } from "../pipeline/volume-bytes.js";
import { CONTAINER, firstDifference, portable, readObject, World, writeObject } from "../pipeline/world.js";

const BLOCK_SIZE = 512;
const { runtime } = portable;

/** Counts how often each object is opened, and how many readers are open. */
class CountingSink extends MemorySink {
  readonly opened = new Map<string, number>();
  openCount = 0;

  override async open(container: string, name: string): Promise<ObjectReader> {
    const reader = await super.open(container, name);
    this.opened.set(name, (this.opened.get(name) ?? 0) + 1);
    this.openCount++;
    const close = async (): Promise<void> => {
      this.openCount--;
      await reader.close();
    };
    return { size: reader.size, readInto: (buffer) => reader.readInto(buffer), close };
  }
}

async function createWorld(): Promise<{ world: World; sink: CountingSink }> {
  const sink = new CountingSink();
  return {
    sink,
    world: await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize: 4 * BLOCK_SIZE, sink }),
  };
}

test("a restore opens each needed object once and no superseded one", async (t) => {
  const { world, sink } = await createWorld();
  const first = noise(12 * BLOCK_SIZE);
  const second = patched(first, 4 * BLOCK_SIZE, noise(4 * BLOCK_SIZE, 2));
  const third = patched(second, 5 * BLOCK_SIZE, noise(10, 3));
  await world.backup(first);
  await world.backup(second, { incremental: true });
  await world.backup(third, { incremental: true });
  const chain = await world.openChain(2);
  sink.opened.clear();
  t.is(firstDifference(await world.restoredNew(2, third.length), third), -1);
  const [full, middle, newest] = world.points.map(({ result }) => result.objects.map(({ name }) => name));
  const data = [...sink.opened].filter(([name]) => /-\d{5}$/.test(name)).sort();
  t.deepEqual(
    data,
    [full![0]!, full![2]!, middle![0]!, newest![0]!].map((name) => [name, 1]),
    "not the full backup's second object, which the first incremental replaced",
  );
  t.deepEqual(
    chain.plan.objects.map(({ object }) => object.name).sort(),
    data.map(([name]) => name),
  );
  t.is(sink.openCount, 0);
});

test("an incremental that replaces everything leaves nothing of its parent to read", async (t) => {
  const { world, sink } = await createWorld();
  await world.backup(noise(6000));
  await world.backup(noise(6000, 2), { incremental: true });
  const names = world.points[0]!.result.objects.map(({ name }) => name);
  for (const name of names) await writeObject(sink, name, toUtf8("not to be read"));
  t.is(firstDifference(await world.restoredNew(1, 6000), noise(6000, 2)), -1);
});

test("says which names no manifest lists, and restores all the same", async (t) => {
  const { world, sink } = await createWorld();
  await world.backup(noise(3000));
  const { prefix } = world.storedChain(0)[0]!;
  await writeObject(sink, `${prefix}-00099`, noise(10));
  const chain = await world.openChain(0);
  t.deepEqual(chain.unlisted, [`${prefix}-00099`]);
  t.is(firstDifference(await world.restoredNew(0, 3000), noise(3000)), -1);
});

test("adds up what is stored", async (t) => {
  const { world, sink } = await createWorld();
  const { storedSize } = await world.backup(noise(3000));
  const stored = await checkStoredObjects(await readLink(world.storedChain(0)[0]!, runtime.hashes));
  t.deepEqual(stored, { storedSize, unlisted: [] });
  let sum = 0;
  for await (const { size } of sink.list(CONTAINER, "")) sum += size;
  t.is(storedSize, sum);
});

/** Objects come when somebody has asked what there is. */
class ListedFirstSink extends MemorySink {
  #isListed: () => void = () => {};
  readonly #listed = new Promise<void>((resolve) => {
    this.#isListed = resolve;
  });

  override async *list(container: string, prefix: string): AsyncIterable<ObjectEntry> {
    this.#isListed();
    yield* super.list(container, prefix);
  }

  override async open(container: string, name: string): Promise<ObjectReader> {
    if (name.endsWith("_metadata")) await this.#listed;
    return await super.open(container, name);
  }
}

test("what is stored is listed while the manifest comes", async (t) => {
  t.timeout(10_000, "the listing waits for the manifest");
  const sink = new ListedFirstSink();
  const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize: 4 * BLOCK_SIZE, sink });
  await world.backup(noise(3000));
  t.deepEqual((await world.openChain(0)).unlisted, []);
});

test("a listing that does not come is left behind when the reading is stopped", async (t) => {
  const { world, sink } = await createWorld();
  await world.backup(noise(3000));
  const controller = new AbortController();
  sink.list = async function* () {
    controller.abort(new Error("enough"));
    await new Promise(() => {});
  };
  const opening = openChain(world.storedChain(0), runtime.hashes, { signal: controller.signal });
  await t.throwsAsync(opening, { message: "enough" });
});

test("refuses a manifest of another backup or volume", async (t) => {
  const { world } = await createWorld();
  await world.backup(noise(3000));
  const [stored] = world.storedChain(0);
  for (const other of [{ backupId: "another" }, { volumeId: "another" }]) {
    const error = await t.throwsAsync(openChain([{ ...stored!, ...other }], runtime.hashes), {
      instanceOf: IntegrityError,
      message: /Cannot use manifest: it is of backup 0{8}-.* of volume 1{8}-/,
    });
    t.is(error?.location.objectName, manifestName(stored!.prefix));
  }
});

test("refuses a chain whose backups have blocks of different sizes", async (t) => {
  const { world, sink } = await createWorld();
  await world.backup(noise(3000));
  await world.backup(noise(3000), { incremental: true });
  const chain = world.storedChain(1).map((backup) => ({ ...backup, digestTableSha256: undefined }));
  const name = digestTableName(chain[0]!.prefix);
  const table = fromUtf8(await readObject(sink, name));
  await writeObject(sink, name, toUtf8(table.replace('"chunk_size": 512', '"chunk_size": 256')));
  await t.throwsAsync(openChain(chain, runtime.hashes), {
    instanceOf: IntegrityError,
    message: /blocks have 256 bytes, the backups based on it 512/,
  });
});

test("a table of another layout is counted, whatever its size, and its blocks are verified", async (t) => {
  const { world, sink } = await createWorld();
  const volume = noise(100 * BLOCK_SIZE);
  await world.backup(volume);
  const chain = world.storedChain(0).map((backup) => ({ ...backup, digestTableSha256: undefined }));
  const name = digestTableName(chain[0]!.prefix);
  const fields = JSON.parse(fromUtf8(await readObject(sink, name))) as object;
  // As compact as JSON gets, padded in front until its size is one that a table of fewer blocks would have.
  for (let padding = 0; padding < 72; padding++) {
    await writeObject(sink, name, toUtf8(" ".repeat(padding) + JSON.stringify(fields)));
    const opened = await openChain(chain, runtime.hashes);
    t.deepEqual(opened.plan.shape, { blockSize: BLOCK_SIZE, blockCount: 100 }, `padding ${padding}`);
  }
  const target = new MemoryTarget({ size: volume.length });
  await restoreBackup(await openChain(chain, runtime.hashes), target, { runtime });
  t.is(firstDifference(target.bytes, volume), -1);
});

test("a table closes its object when it turns out not to be one", async (t) => {
  const { world, sink } = await createWorld();
  await world.backup(noise(3000));
  const [stored] = world.storedChain(0);
  await writeObject(sink, digestTableName(stored!.prefix), toUtf8("{}"));
  await t.throwsAsync(StoredTable.open(stored!, runtime.hashes), { instanceOf: IntegrityError });
  t.is(sink.openCount, 0);
});
