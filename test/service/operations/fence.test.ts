/** What an operation may write once its lease may have been lost: nothing, before the catalog has confirmed it. */
import test from "ava";
import { Profile } from "../../../src/pipeline/run/profile.js";
import { FencedSink, fencedTarget, requireLease } from "../../../src/service/operations/fence.js";
import { RunningOperation } from "../../../src/service/operations/running-operation.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import { MemoryTarget } from "../../../src/sources/memory.js";
import { createCatalog, DRIVERS, ManualClock } from "../../catalog/fixture.js";

/** An operation whose lease is fresh, held after a look, or lost. */
function operationOf(state: "fresh" | "held" | "lost"): { operation: RunningOperation; looks: () => number } {
  let looks = 0;
  const lease = {
    isFresh: () => state === "fresh",
    async confirm() {
      looks++;
      if (state === "lost") operation.cancel("its lease was lost");
    },
  };
  const operation: RunningOperation = new RunningOperation(1, lease, {
    profile: new Profile(new ManualClock()),
  });
  return { operation, looks: () => looks };
}

const BYTES = new Uint8Array([1, 2, 3]);

test("a target is written under a fresh lease without a look, under an old one after a look", async (t) => {
  for (const state of ["fresh", "held"] as const) {
    const { operation, looks } = operationOf(state);
    const memory = new Uint8Array(3);
    await fencedTarget(new MemoryTarget({ bytes: memory }), operation).write(BYTES, 0);
    t.deepEqual(memory, BYTES);
    t.is(looks(), state === "fresh" ? 0 : 1);
  }
});

test("a target is not written once the lease is lost", async (t) => {
  const memory = new Uint8Array(3);
  const target = fencedTarget(new MemoryTarget({ bytes: memory }), operationOf("lost").operation);
  await t.throwsAsync(target.write(BYTES, 0), { message: /its lease was lost/ });
  await t.throwsAsync(target.sync(), { message: /its lease was lost/ });
  t.deepEqual(memory, new Uint8Array(3));
});

test("no container and no object is made once the lease is lost", async (t) => {
  const store = new MemorySink();
  const sink = new FencedSink(store, operationOf("lost").operation);
  await t.throwsAsync(sink.createContainer("c"), { message: /its lease was lost/ });
  await store.createContainer("c");
  await t.throwsAsync(sink.create("c", "o"), { message: /its lease was lost/ });
});

test("an object that was begun is not completed once the lease is lost", async (t) => {
  const store = new MemorySink();
  await store.createContainer("c");
  let isLost = false;
  const lease = {
    isFresh: () => !isLost,
    confirm: async (): Promise<void> => operation.cancel("its lease was lost"),
  };
  const operation: RunningOperation = new RunningOperation(1, lease, {
    profile: new Profile(new ManualClock()),
  });
  const writer = await new FencedSink(store, operation).create("c", "o");
  await writer.write(BYTES);
  isLost = true;
  await t.throwsAsync(writer.close(), { message: /its lease was lost/ });
  await writer.abort();
  t.is(await store.size("c", "o"), undefined);
});

test("rows are changed by the number of the operation alone, which no later one has", async (t) => {
  const { catalog } = await createCatalog(t, DRIVERS[0]!);
  const first = await catalog.operations.add({ kind: "backup", holder: "me", slots: 1, memory: 0 });
  await catalog.transaction((tables) => requireLease(tables, first, "complete backup b"));
  await catalog.operations.remove(first.number);
  const second = await catalog.operations.add({ kind: "backup", holder: "me", slots: 1, memory: 0 });
  t.not(first.number, second.number);
  await t.throwsAsync(
    catalog.transaction((tables) => requireLease(tables, first, "complete backup b")),
    { message: /^Cannot complete backup b: the lease of operation 1 was lost/ },
  );
});
