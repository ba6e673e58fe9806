/** Cancelling, at every call that a run makes of its sink, source or target, and at random moments between. */
import test from "ava";
import { CancelledError } from "../../src/errors.js";
import { restoreBackup } from "../../src/pipeline/restore.js";
import { MemorySource, MemoryTarget } from "../../src/sources/memory.js";
import { joined, noise, patched, prose } from "./volume-bytes.js";
import { unhandledDuring, WatchedSink } from "./watched-sink.js";
import { CONTAINER, DIRT, dirtyTarget, runtimes, World } from "./world.js";

const BLOCK_SIZE = 4096;
const WINDOWS = 3 * 1024 * 1024;
/** Three windows a chunk, of which one does not compress. */
const VOLUME: Uint8Array = joined(prose(WINDOWS), noise(WINDOWS), new Uint8Array(WINDOWS), prose(5000));
const CHANGED: Uint8Array = patched(VOLUME, 1_000_000, noise(2_500_000, 9));

async function createWorld(
  runtime: World["options"]["runtime"],
): Promise<{ world: World; sink: WatchedSink }> {
  const sink = new WatchedSink();
  const options = { runtime, blockSize: BLOCK_SIZE, chunkSize: WINDOWS, codec: "zlib", sink } as const;
  return { sink, world: await World.create(options) };
}

/** Cancels at call number `at`; how many calls there were. */
function cancelAt(
  at: number,
  sink: WatchedSink,
): { signal: AbortSignal; reason: Error; calls: () => number } {
  const controller = new AbortController();
  const reason = new Error("enough");
  let calls = 0;
  sink.watch = () => {
    if (++calls === at) controller.abort(reason);
  };
  return { signal: controller.signal, reason, calls: () => calls };
}

for (const { title, runtime } of runtimes) {
  test(`a backup cancelled at any call of the sink leaves nothing, ${title}`, async (t) => {
    t.timeout(170_000);
    const { world, sink } = await createWorld(runtime);
    await world.backup(VOLUME);
    const before = await world.names();
    let completed = 0;
    const unhandled = await unhandledDuring(async () => {
      for (let at = 1; completed === 0; at++) {
        const { signal, reason, calls } = cancelAt(at, sink);
        const error = await world.backup(CHANGED, { incremental: true, signal }).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (calls() >= at && error === undefined) {
          // Cancelled once the manifest was on its way: the backup is complete, and says so.
          await removeNewest(world, sink);
          continue;
        }
        if (error === undefined) completed++;
        else {
          if (!(error instanceof CancelledError)) throw error;
          t.is(error.cause, reason);
          t.deepEqual(await world.names(), before, `cancelled at call ${at}`);
        }
        t.is(sink.openWriters.size, 0);
        t.is(sink.openReaders, 0);
      }
    });
    t.deepEqual(unhandled, []);
  });

  test(`a restore cancelled at any call of the sink stops, and leaves only right data, ${title}`, async (t) => {
    t.timeout(170_000);
    const { world, sink } = await createWorld(runtime);
    await world.backup(VOLUME);
    await world.backup(CHANGED, { incremental: true });
    const chain = await world.openChain(1);
    let completed = 0;
    const unhandled = await unhandledDuring(async () => {
      for (let at = 1; completed === 0; at++) {
        const { signal } = cancelAt(at, sink);
        const target = dirtyTarget(CHANGED.length);
        const error = await restoreBackup(chain, target, { runtime, signal }).then(
          () => undefined,
          (reason) => reason,
        );
        if (error === undefined) {
          completed = signal.aborted ? 0 : 1;
          t.deepEqual(Buffer.compare(target.bytes, CHANGED), 0);
        } else {
          t.true(error instanceof CancelledError, String(error));
          const wrong = target.bytes.findIndex((byte, i) => byte !== DIRT && byte !== CHANGED[i]);
          t.is(wrong, -1);
        }
        t.is(sink.openReaders, 0);
      }
    });
    t.deepEqual(unhandled, []);
  });

  test(`runs cancelled at random moments end with CancelledError, ${title}`, async (t) => {
    t.timeout(170_000);
    const { world, sink } = await createWorld(runtime);
    await world.backup(VOLUME);
    const before = await world.names();
    let cancelled = 0;
    const unhandled = await unhandledDuring(async () => {
      for (let i = 0; i < 24; i++) {
        const signal = AbortSignal.timeout(1 + i * 3);
        const target = new MemoryTarget({ size: VOLUME.length });
        const work = i % 2 === 0 ? world.backup(CHANGED, { signal }) : world.restore(0, target, { signal });
        const error = await work.then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error === undefined) {
          if (i % 2 === 0) await removeNewest(world, sink);
          continue;
        }
        cancelled++;
        t.true(error instanceof CancelledError, String(error));
        t.deepEqual(await world.names(), before);
        t.is(sink.openReaders, 0);
      }
    });
    t.true(cancelled > 0);
    t.deepEqual(unhandled, []);
  });

  test(`a run that is cancelled before it starts does nothing, ${title}`, async (t) => {
    const { world } = await createWorld(runtime);
    await world.backup(VOLUME);
    const before = await world.names();
    const signal = AbortSignal.abort();
    let reads = 0;
    const source = new MemorySource(VOLUME);
    const counting = {
      size: source.size,
      readInto: (buffer: Uint8Array, offset: number) => {
        reads++;
        return source.readInto(buffer, offset);
      },
      close: () => source.close(),
    };
    await t.throwsAsync(world.backup(VOLUME, { signal, source: counting }), { instanceOf: CancelledError });
    t.true(reads <= 1);
    t.deepEqual(await world.names(), before);
    const target = dirtyTarget(VOLUME.length);
    await t.throwsAsync(world.restore(0, target, { signal }), { instanceOf: CancelledError });
    t.true(target.bytes.every((byte) => byte === DIRT));
  });

  test(`a backup stuck in its sink ends as soon as the sink lets go, ${title}`, async (t) => {
    const { world, sink } = await createWorld(runtime);
    const controller = new AbortController();
    let letGo = (): void => {};
    const stuck = new Promise<void>((resolve) => {
      sink.watch = (operation, name) => {
        if (operation !== "write" || !name.endsWith("-00002")) return;
        resolve();
        return new Promise<void>((release) => {
          letGo = () => {
            sink.watch = () => {};
            release();
          };
        });
      };
    });
    let isOver = false;
    const work = world.backup(VOLUME, { signal: controller.signal }).finally(() => {
      isOver = true;
    });
    work.catch(() => {});
    await stuck;
    controller.abort(new CancelledError("deleted by request"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    t.false(isOver, "a write under way is waited for, or it could bring an object back");
    letGo();
    await t.throwsAsync(work, { instanceOf: CancelledError, message: "deleted by request" });
    t.deepEqual(await world.names(), []);
  });
}

async function removeNewest(world: World, sink: WatchedSink): Promise<void> {
  const { stored } = world.points.pop()!;
  for (const name of await world.names())
    if (name.startsWith(stored.prefix)) await sink.inner.remove(CONTAINER, name);
}
