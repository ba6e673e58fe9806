import test from "ava";
import { UsageError } from "../../../src/errors.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import { ManualClock } from "../../catalog/fixture.js";
import { sinkContract } from "../contract.js";
import { checkNewObjects } from "../new-objects.js";

sinkContract(test, "memory", async () => new MemorySink(), { listsUnfinished: false });
sinkContract(test, "memory, flat names", async () => new MemorySink({ naming: "flat" }), {
  manyCount: 1001,
  listsUnfinished: false,
});

const clock = new ManualClock();
sinkContract(test.serial, "memory, with locks", async () => new MemorySink({ clock }), {
  listsUnfinished: false,
  only: /lock|held|removed/,
  locks: { clock, pass: async (ms) => clock.advance(ms) },
});

test("a memory sink records the service that it stands for", (t) => {
  t.is(new MemorySink().service, "ashlar.sinks.MemorySink");
  t.is(new MemorySink().naming, "hierarchical");
  t.is(new MemorySink({ service: "x.Y" }).service, "x.Y");
});

test("flat naming refuses what a directory could not hold", async (t) => {
  const sink = new MemorySink({ naming: "flat" });
  await sink.createContainer("a");
  await t.throwsAsync(sink.create("a", "b/c"), { instanceOf: UsageError, message: /a name without "\/"$/ });
  await t.throwsAsync(sink.createContainer(".snapshot"), { instanceOf: UsageError, message: /with a dot$/ });
});

test("a new object does not replace another", async (t) => {
  await checkNewObjects(t, new MemorySink());
});
