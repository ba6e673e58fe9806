/** Objects in flight: what a store with 20 ms a call costs, and that every object comes whole and in its place. */
import test, { type ExecutionContext } from "ava";
import { MemoryTarget } from "../../src/sources/memory.js";
import { KIB } from "../../src/units.js";
import { SimulatedLatency } from "./simulated-latency.js";
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

/** How many calls follow one another in a backup, and in its restore. */
async function callsOf(
  t: ExecutionContext,
  runtime: World["runtime"],
  concurrentObjects: number,
): Promise<{ backup: number; restore: number }> {
  const { world, sink } = await slowWorld(runtime);
  const latency = new SimulatedLatency();
  sink.watch = (operation) =>
    operation === "abort" || operation === "closeReader" ? undefined : latency.call();
  world.options.concurrentObjects = concurrentObjects;
  const { objects } = await world.backup(VOLUME);
  const backup = latency.now;
  const target = new MemoryTarget({ size: VOLUME.length });
  await world.restore(0, target);
  t.is(firstDifference(target.bytes, VOLUME), -1);
  t.is(objects.length, VOLUME.length / CHUNK_SIZE);
  return { backup, restore: latency.now - backup };
}

for (const { title, runtime } of [portable, node]) {
  test.serial(`eight objects in flight are at least six times as fast as one, ${title}`, async (t) => {
    const one = await callsOf(t, runtime, 1);
    const eight = await callsOf(t, runtime, 8);
    t.log(`calls that follow one another: ${JSON.stringify(one)}, eight in flight: ${JSON.stringify(eight)}`);
    t.true(one.backup >= 3 * 48 && one.restore >= 2 * 48, "create, write, close; open, read");
    t.true(one.backup / eight.backup >= 6, `backup: ${one.backup} to ${eight.backup}`);
    t.true(one.restore / eight.restore >= 6, `restore: ${one.restore} to ${eight.restore}`);
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
