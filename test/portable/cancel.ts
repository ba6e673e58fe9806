/** Cancelling at every write and read of the sink: nothing is left of a backup, and only right data of a restore. */
import { CancelledError } from "../../src/errors.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { joined, noise, patched, prose } from "../pipeline/volume-bytes.js";
import { WatchedSink } from "../pipeline/watched-sink.js";
import type { PortableTest } from "./assertions.js";
import { DIRT, dirtyTarget, firstDifference, World } from "./world.js";

const VOLUME = joined(prose(900_000), noise(400_000), new Uint8Array(500_000), prose(5000));
const CHANGED = patched(VOLUME, 300_000, noise(700_000, 9));

/** Aborts at call number `at` of the sink. */
function abortAt(sink: WatchedSink, at: number): AbortSignal {
  const controller = new AbortController();
  let calls = 0;
  sink.watch = () => {
    if (++calls === at) controller.abort(new Error("enough"));
  };
  return controller.signal;
}

export function cancelTests(test: PortableTest, runtime: Runtime): void {
  async function createWorld(): Promise<{ world: World; sink: WatchedSink }> {
    const sink = new WatchedSink();
    const options = { runtime, blockSize: 4096, chunkSize: 512 * 1024, codec: "zlib", sink } as const;
    const world = await World.create(options);
    await world.backup(VOLUME);
    return { world, sink };
  }

  test("cancel: a backup that is cancelled at any call of the sink leaves nothing", async (t) => {
    const { world, sink } = await createWorld();
    const before = await world.names();
    let cancelled = 0;
    for (let at = 1; at < 200; at++) {
      const signal = abortAt(sink, at);
      const error = await world.backup(CHANGED, { incremental: true, signal }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      sink.watch = () => {};
      if (error === undefined) break;
      cancelled++;
      if (!(error instanceof CancelledError)) throw error;
      t.deepEqual(await world.names(), before, `cancelled at call ${at}`);
      t.is(sink.openWriters.size, 0);
      t.is(sink.openReaders, 0);
    }
    t.true(cancelled > 10, `${cancelled} times`);
  });

  test("cancel: a restore that is cancelled at any call of the sink leaves only right data", async (t) => {
    const { world, sink } = await createWorld();
    await world.backup(CHANGED, { incremental: true });
    let cancelled = 0;
    for (let at = 1; ; at++) {
      const target = dirtyTarget(CHANGED.length);
      const signal = abortAt(sink, at);
      const error = await world.restore(1, target, { signal }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      sink.watch = () => {};
      t.is(sink.openReaders, 0);
      if (error === undefined && !signal.aborted) {
        t.is(firstDifference(target.bytes, CHANGED), -1);
        break;
      }
      if (error === undefined) continue;
      cancelled++;
      if (!(error instanceof CancelledError)) throw error;
      t.is(
        target.bytes.findIndex((byte, i) => byte !== DIRT && byte !== CHANGED[i]),
        -1,
        `call ${at}`,
      );
    }
    t.true(cancelled > 5, `${cancelled} times`);
  });

  test("cancel: what was cancelled before it began does nothing", async (t) => {
    const { world } = await createWorld();
    const before = await world.names();
    const signal = AbortSignal.abort();
    await t.throwsAsync(world.backup(CHANGED, { signal }), { instanceOf: CancelledError });
    await t.throwsAsync(world.restore(0, undefined, { signal }), { instanceOf: CancelledError });
    t.deepEqual(await world.names(), before);
  });
}
