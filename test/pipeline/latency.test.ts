/** Objects in flight: what a store with 20 ms a call costs, and that every object comes whole and in its place. */
import test from "ava";
import { MemoryTarget } from "../../src/sources/memory.js";
import { KIB } from "../../src/units.js";
import { joined, noise, prose } from "./volume-bytes.js";
import { unhandledDuring, WatchedSink } from "./watched-sink.js";
import { firstDifference, node, portable, World } from "./world.js";

const LATENCY_MS = 20;
const CHUNK_SIZE: number = 64 * KIB;
const VOLUME: Uint8Array = joined(noise(1536 * KIB), prose(1536 * KIB));

async function slowWorld(runtime: World["runtime"]): Promise<{ world: World; sink: WatchedSink }> {
  const sink = new WatchedSink();
  const world = await World.create({
    runtime,
    blockSize: 4 * KIB,
    chunkSize: CHUNK_SIZE,
    codec: "none",
    sink,
  });
  sink.watch = async (operation) => {
    if (operation !== "abort" && operation !== "closeReader")
      await new Promise((resolve) => setTimeout(resolve, LATENCY_MS));
  };
  return { world, sink };
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function ratioOf(times: ReadonlyMap<string, number>, operation: string): number {
  return times.get(`${operation} 1`)! / times.get(`${operation} 8`)!;
}

for (const { title, runtime } of [portable, node]) {
  test.serial(`eight objects in flight are at least four times as fast as one, ${title}`, async (t) => {
    const { world } = await slowWorld(runtime);
    // The best of a few: what else the machine does costs eight at once more than one.
    const best = new Map<string, number>();
    for (let round = 0; round < 9; round++) {
      const concurrentObjects = round === 0 ? 1 : 8;
      const times = new Map<string, number>();
      world.options.concurrentObjects = concurrentObjects;
      times.set(`backup ${concurrentObjects}`, await millisecondsOf(() => world.backup(VOLUME)));
      const target = new MemoryTarget({ size: VOLUME.length });
      const point = world.points.length - 1;
      times.set(`restore ${concurrentObjects}`, await millisecondsOf(() => world.restore(point, target)));
      t.is(firstDifference(target.bytes, VOLUME), -1);
      t.is(world.points[point]!.result.objects.length, VOLUME.length / CHUNK_SIZE);
      for (const [what, time] of times) best.set(what, Math.min(best.get(what) ?? time, time));
      if (round > 0 && ratioOf(best, "backup") >= 4 && ratioOf(best, "restore") >= 4) break;
    }
    for (const operation of ["backup", "restore"]) {
      const ratio = ratioOf(best, operation);
      t.log(`${operation}: ${ratio.toFixed(1)} times`);
      t.true(ratio >= 4, `${operation}: ${JSON.stringify([...best])}`);
    }
  });

  test.serial(`no more objects are open than are allowed, ${title}`, async (t) => {
    const { world, sink } = await slowWorld(runtime);
    let openMax = 0;
    const { watch } = sink;
    sink.watch = async (operation, name) => {
      await watch(operation, name);
      openMax = Math.max(openMax, sink.openWriters.size, sink.openReaders);
    };
    world.options.concurrentObjects = 3;
    await world.backup(VOLUME.subarray(0, 1024 * KIB));
    // The digest table is one more, and so is the object that is being created.
    t.true(openMax <= 4, `${openMax} were open`);
    await world.restore(0, undefined);
    t.true(openMax <= 4, `${openMax} were open`);
  });

  test.serial(`an object that fails among others ends the backup and leaves nothing, ${title}`, async (t) => {
    const { world, sink } = await slowWorld(runtime);
    world.options.concurrentObjects = 8;
    const { watch } = sink;
    sink.watch = async (operation, name) => {
      await watch(operation, name);
      if (operation === "close" && name.endsWith("-00005")) throw new Error("the store is full");
    };
    const unhandled = await unhandledDuring(async () => {
      await t.throwsAsync(world.backup(VOLUME), { message: /the store is full/ });
    });
    t.deepEqual(unhandled, []);
    t.is(sink.openWriters.size, 0);
    sink.watch = () => {};
    t.deepEqual(await world.names(), []);
  });
}
