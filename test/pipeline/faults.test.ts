/** Every single failure of sink, source and target: it is what the run rejects with, and nothing is left of the run. */
import test from "ava";
import { fromUtf8, toUtf8 } from "../../src/bytes.js";
import { isAshlarError, NotFoundError, StorageError } from "../../src/errors.js";
import { digestTableName } from "../../src/format/names.js";
import { restoreBackup } from "../../src/pipeline/restore.js";
import { MemorySource } from "../../src/sources/memory.js";
import type { VolumeSource } from "../../src/sources/volume.js";
import { joined, noise, patched, prose } from "./volume-bytes.js";
import { type SinkOperation, unhandledDuring, WatchedSink } from "./watched-sink.js";
import { DIRT, dirtyTarget, node, readObject, runtimes, World, writeObject } from "./world.js";

const BLOCK_SIZE = 32 * 1024;
const CHUNK_SIZE: number = 40 * BLOCK_SIZE;
/** Two windows a chunk, and more objects than may be completing at once. */
const VOLUME: Uint8Array = joined(noise(CHUNK_SIZE), prose(5 * CHUNK_SIZE), noise(CHUNK_SIZE + 100));
const CHANGED: Uint8Array = patched(
  patched(VOLUME, 70_000, noise(200_000, 5)),
  4_000_000,
  noise(3_000_000, 6),
);

async function createWorld(
  runtime: World["options"]["runtime"],
): Promise<{ world: World; sink: WatchedSink }> {
  const sink = new WatchedSink();
  const options = { runtime, blockSize: BLOCK_SIZE, chunkSize: CHUNK_SIZE, codec: "zlib", sink } as const;
  return { sink, world: await World.create(options) };
}

function failure(call: string): StorageError {
  return new StorageError(`Cannot ${call}: no space left`, { call });
}

/** Lets call number `at` of `operation` fail. Whether it came to that. */
function failAt(
  sink: WatchedSink,
  operation: SinkOperation,
  at: number,
): { readonly error: StorageError; hasFailed(): boolean } {
  const error = failure(operation);
  let calls = 0;
  sink.watch = (called) => {
    if (called === operation && ++calls === at) throw error;
  };
  return { error, hasFailed: () => calls >= at };
}

const rejection = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (reason: unknown) => reason,
  );

for (const { title, runtime } of runtimes) {
  for (const operation of ["create", "write", "close"] as const) {
    test(`a sink that fails at any one ${operation} fails the backup and keeps nothing, ${title}`, async (t) => {
      t.timeout(170_000);
      const { world, sink } = await createWorld(runtime);
      await world.backup(VOLUME);
      const before = await world.names();
      let failures = 0;
      const unhandled = await unhandledDuring(async () => {
        for (let at = 1; ; at++) {
          const { error, hasFailed } = failAt(sink, operation, at);
          const outcome = await rejection(world.backup(CHANGED, { incremental: true }));
          if (!hasFailed()) break;
          failures++;
          t.is(outcome, error, `call ${at}`);
          t.deepEqual(await world.names(), before);
          t.is(sink.openWriters.size, 0);
          t.is(sink.openReaders, 0);
        }
      });
      t.deepEqual(unhandled, []);
      t.true(failures > 3, `${failures} calls`);
    });
  }

  for (const operation of ["open", "read", "list"] as const) {
    test(`a sink that fails at any one ${operation} fails the restore, ${title}`, async (t) => {
      t.timeout(170_000);
      const { world, sink } = await createWorld(runtime);
      await world.backup(VOLUME);
      await world.backup(CHANGED, { incremental: true });
      let failures = 0;
      const unhandled = await unhandledDuring(async () => {
        for (let at = 1; ; at++) {
          const { error, hasFailed } = failAt(sink, operation, at);
          const target = dirtyTarget(CHANGED.length);
          const outcome = await rejection(world.restore(1, target));
          if (!hasFailed()) break;
          failures++;
          t.is(outcome, error, `call ${at}`);
          t.is(
            target.bytes.findIndex((byte, i) => byte !== DIRT && byte !== CHANGED[i]),
            -1,
          );
          t.is(sink.openReaders, 0);
        }
      });
      t.deepEqual(unhandled, []);
      t.true(failures > 1);
    });
  }

  test(`a source that fails at any read fails the backup and keeps nothing, ${title}`, async (t) => {
    t.timeout(170_000);
    const { world, sink } = await createWorld(runtime);
    let failures = 0;
    const unhandled = await unhandledDuring(async () => {
      for (let at = 1; ; at++) {
        const error = failure("read");
        let reads = 0;
        const outcome = await rejection(
          world.backup(VOLUME, { source: failingSource(error, () => ++reads === at) }),
        );
        if (reads < at) break;
        failures++;
        t.is(outcome, error, `read ${at}`);
        t.deepEqual(await world.names(), []);
        t.is(sink.openWriters.size, 0);
      }
    });
    t.deepEqual(unhandled, []);
    t.true(failures > 10);
  });

  test(`a target that fails at any write or sync fails the restore, ${title}`, async (t) => {
    t.timeout(170_000);
    const { world, sink } = await createWorld(runtime);
    await world.backup(VOLUME);
    const chain = await world.openChain(0);
    let failures = 0;
    const unhandled = await unhandledDuring(async () => {
      for (let at = 1; ; at++) {
        let calls = 0;
        const error = failure("write");
        const check = async (): Promise<void> => {
          if (++calls === at) throw error;
        };
        const target = {
          size: VOLUME.length,
          isZeroed: false,
          write: check,
          sync: check,
          close: async () => {},
        };
        const outcome = await rejection(restoreBackup(chain, target, { runtime }));
        if (calls < at) break;
        failures++;
        t.is(outcome, error);
        t.is(sink.openReaders, 0);
      }
    });
    t.deepEqual(unhandled, []);
    t.true(failures > 5);
  });

  test(`an object that takes its time to fail still fails the backup, ${title}`, async (t) => {
    const { world, sink } = await createWorld(runtime);
    const error = failure("close");
    sink.watch = async (operation, name) => {
      if (operation !== "close" || !name.endsWith("-00008")) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
      throw error;
    };
    t.is(await rejection(world.backup(VOLUME)), error);
    t.deepEqual(await world.names(), []);
  });

  test(`an object that completes late does not come back after the clean-up, ${title}`, async (t) => {
    const { world, sink } = await createWorld(runtime);
    const error = failure("write");
    let isCompleting = false;
    sink.watch = async (operation, name) => {
      if (operation === "close" && name.endsWith("-00002")) {
        isCompleting = true;
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      if (operation === "write" && name.endsWith("-00003")) throw error;
    };
    t.is(await rejection(world.backup(VOLUME)), error);
    t.true(isCompleting);
    await new Promise((resolve) => setTimeout(resolve, 400));
    t.deepEqual(await world.names(), []);
  });

  test(`a failure to clean up does not hide what went wrong, ${title}`, async (t) => {
    const { world, sink } = await createWorld(runtime);
    const error = failure("write");
    sink.watch = (operation, name) => {
      if (operation === "write" && name.endsWith("-00003")) throw error;
      if (operation === "remove") throw failure("remove");
    };
    const outcome = await t.throwsAsync(world.backup(VOLUME), { instanceOf: StorageError });
    t.is(outcome?.cause, error);
    t.regex(String(outcome?.message), /^Cannot write: .* cannot remove what was stored: Cannot remove: /);
    sink.watch = () => {};
    t.false((await world.names()).some((name) => name.endsWith("_metadata")));
  });

  test(`a backup into a container that does not exist says so, ${title}`, async (t) => {
    const world = new World({ runtime, blockSize: BLOCK_SIZE, chunkSize: CHUNK_SIZE });
    await t.throwsAsync(world.backup(VOLUME), { instanceOf: NotFoundError });
  });
}

test("a volume of more blocks than its parent's table has fails the incremental and keeps nothing", async (t) => {
  const { world, sink } = await createWorld(node.runtime);
  await world.backup(VOLUME.subarray(0, VOLUME.length - 3 * BLOCK_SIZE));
  const before = await world.names();
  const error = await rejection(world.backup(VOLUME, { incremental: true }));
  t.true(isAshlarError(error, "integrity"));
  t.regex(String(error), /Cannot use the parent's digest table: it ends before the volume/);
  t.deepEqual(await world.names(), before);
  t.is(sink.openReaders, 0);
});

test("a parent's table that is not the one that was stored fails the incremental, also behind its digests", async (t) => {
  const { world, sink } = await createWorld(node.runtime);
  await world.backup(VOLUME);
  const before = await world.names();
  const name = digestTableName(world.storedChain(0)[0]!.prefix);
  const table = fromUtf8(await readObject(sink, name));
  for (const [from, to] of [
    [/"[0-9a-f]{64}"\n/, `"${"0".repeat(64)}"\n`],
    [/\n}$/, "\n }"],
  ] as const) {
    await writeObject(sink, name, toUtf8(table.replace(from, to)));
    const error = await rejection(world.backup(VOLUME, { incremental: true }));
    t.true(isAshlarError(error, "integrity"));
    t.regex(String(error), /Cannot trust digest table: its bytes are not the ones that were stored/);
    t.deepEqual(await world.names(), before);
  }
});

function failingSource(error: Error, isFailing: () => boolean): VolumeSource {
  const source = new MemorySource(VOLUME);
  return {
    size: source.size,
    readInto: async (buffer, offset) => {
      if (isFailing()) throw error;
      await source.readInto(buffer, offset);
    },
    close: () => source.close(),
  };
}
