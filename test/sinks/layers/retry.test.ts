import test from "ava";
import { NotFoundError, StorageError } from "../../../src/errors.js";
import { RetrySink } from "../../../src/sinks/layers/retry.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import { getObject, listNames, patternBytes, putObject } from "../../../src/testing/objects.js";
import { sinkContract } from "../contract.js";
import { fakeTime } from "../http/fake-client.js";
import { type Fate, FaultySink } from "./fakes.js";

const PLACE = { container: "backups", name: "a" };

function layered(fate: Fate, options: { attempts?: number } = {}) {
  const memory = new MemorySink();
  const faulty = new FaultySink(memory, fate);
  const time = fakeTime(options);
  return {
    memory,
    faulty,
    time,
    sink: new RetrySink(faulty, { ...time, ...options }),
  };
}

sinkContract(test, "retry", async () => layered(() => undefined).sink, {
  manyCount: 1001,
  listsUnfinished: false,
});
// Seldom enough for every call to come through with what it repeats; acknowledgements are lost too.
sinkContract(
  test,
  "retry over a bad network",
  async () => {
    const isBad = (call: string, i: number): boolean =>
      ["write", "close"].includes(call) ? false : call === "list" ? i % 601 === 17 : i % 19 === 4;
    return layered((call, i) => (isBad(call, i) ? (i % 2 === 0 ? "before" : "after") : undefined)).sink;
  },
  { manyCount: 501, listsUnfinished: false },
);

/** Every second call of `operation` fails. */
function everySecond(call: string, fate: "before" | "after"): Fate {
  let count = 0;
  return (each) => (each === call && count++ % 2 === 0 ? fate : undefined);
}

test("a read goes on where it stopped, however often, and its bytes are right", async (t) => {
  const { memory, faulty, sink } = layered(everySecond("read", "after"));
  await memory.createContainer("backups");
  await putObject(memory, PLACE, patternBytes(1_000_000, 1));
  t.deepEqual(await getObject(sink, PLACE, 9973), patternBytes(1_000_000, 1));
  t.true(faulty.calls.filter((call) => call === "open").length > 20);
});

test("an object that is another one when it is opened again is an error", async (t) => {
  let isFailing = false;
  const { memory, sink } = layered((call) => (call === "read" && isFailing ? "before" : undefined));
  await memory.createContainer("backups");
  await putObject(memory, PLACE, patternBytes(1000, 1));
  const reader = await sink.open("backups", "a");
  await reader.readInto(new Uint8Array(10));
  await putObject(memory, PLACE, patternBytes(999, 2));
  isFailing = true;
  await t.throwsAsync(reader.readInto(new Uint8Array(10)), {
    instanceOf: StorageError,
    message: /it had 1000 bytes and has 999 now$/,
  });
});

test("tries end, and what is permanent is not tried again", async (t) => {
  const { faulty, sink, time } = layered((call) => (call === "size" ? "before" : undefined), {
    attempts: 3,
  });
  await t.throwsAsync(sink.size("backups", "a"), { instanceOf: StorageError });
  t.is(faulty.calls.length, 3);
  t.deepEqual(time.sleeps, [250, 500]);
  await t.throwsAsync(sink.open("backups", "none"), { instanceOf: NotFoundError });
  t.is(faulty.calls.length, 4);
});

test("a listing that begins anew tells nothing twice", async (t) => {
  const { memory, sink } = layered((call, i) =>
    call === "list" && [3, 9, 12].includes(i) ? "before" : undefined,
  );
  await memory.createContainer("backups");
  const names = Array.from({ length: 9 }, (_, i) => `n${i}`);
  for (const name of names) await putObject(memory, { container: "backups", name }, patternBytes(1, 1));
  t.deepEqual(await listNames(sink, "backups", ""), names);
});
