import test from "ava";
import { StorageError } from "../../../src/errors.js";
import { BandwidthClient } from "../../../src/sinks/http/bandwidth-client.js";
import { readText } from "../../../src/sinks/http/body.js";
import { BandwidthSink, ByteBucket } from "../../../src/sinks/layers/bandwidth.js";
import { LimitSink } from "../../../src/sinks/layers/limit.js";
import { LogSink, type SinkEvent } from "../../../src/sinks/layers/log.js";
import { TimeoutSink } from "../../../src/sinks/layers/timeout.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import { sleep } from "../../../src/sleep.js";
import { sinkContract } from "../contract.js";
import { FakeClient, fakeTime } from "../http/fake-client.js";
import { getObject, patternBytes, putObject } from "../objects.js";
import { HangingSink } from "./fakes.js";

const PLACE = { container: "backups", name: "a" };
const options = { manyCount: 501 };

sinkContract(
  test,
  "timeout",
  async () => new TimeoutSink(new MemorySink(), { timeoutMs: 60_000, sleep }),
  options,
);
sinkContract(test, "limit", async () => new LimitSink(new MemorySink(), 1), options);
sinkContract(
  test,
  "log",
  async () => new LogSink(new MemorySink(), { clock: fakeTime().clock, log: () => {} }),
  options,
);
sinkContract(
  test,
  "bandwidth",
  async () => {
    const bucket = new ByteBucket(1000, fakeTime());
    return new BandwidthSink(new MemorySink(), { upload: bucket, download: bucket });
  },
  options,
);

test("no call hangs past the timeout, and giving up does not either", async (t) => {
  const hanging = new HangingSink(new MemorySink());
  const sink = new TimeoutSink(hanging, { timeoutMs: 50, sleep });
  await sink.createContainer("backups");
  await putObject(sink, PLACE, patternBytes(10, 1));
  const calls: Record<string, () => Promise<unknown>> = {
    size: () => sink.size("backups", "a"),
    list: async () => {
      for await (const _ of sink.list("backups", "")) return;
    },
    open: () => sink.open("backups", "a"),
    read: async () => await (await sink.open("backups", "a")).readInto(new Uint8Array(1)),
    write: async () => await (await sink.create("backups", "b")).write(patternBytes(1, 1)),
    close: async () => await (await sink.create("backups", "b")).close(),
  };
  for (const [operation, call] of Object.entries(calls)) {
    hanging.hangs = operation;
    const error = await t.throwsAsync(call(), { instanceOf: StorageError }, operation);
    t.is((error as StorageError).status, "temporary");
    t.regex(error!.message, /nothing happened for 50 ms$/);
  }
  hanging.hangs = "abort";
  const writer = await sink.create("backups", "b");
  await writer.abort();
});

test("a limit holds, and calls that wait are served in their order", async (t) => {
  let atOnce = 0;
  let most = 0;
  const order: string[] = [];
  class Slow extends MemorySink {
    override async size(_: string, name: string): Promise<number> {
      most = Math.max(most, ++atOnce);
      order.push(name);
      await new Promise((resolve) => setTimeout(resolve, 5));
      atOnce--;
      return 0;
    }
  }
  const sink = new LimitSink(new Slow(), 3);
  const names = Array.from({ length: 12 }, (_, i) => `n${String(i).padStart(2, "0")}`);
  await Promise.all(names.map((name) => sink.size("backups", name)));
  t.is(most, 3);
  t.deepEqual(order, names);
});

test("bytes take their time, over all that share a bucket, and a signal ends the wait", async (t) => {
  const time = fakeTime();
  const bucket = new ByteBucket(10_000, time);
  const sink = new BandwidthSink(new MemorySink(), { upload: bucket });
  await sink.createContainer("backups");
  const before = time.clock.monotonicMs();
  await putObject(sink, PLACE, patternBytes(50_000, 1), 10_000);
  t.is(Math.round(time.clock.monotonicMs() - before), 5000);
  await getObject(sink, PLACE);
  t.is(Math.round(time.clock.monotonicMs() - before), 5000, "reading is not limited");
  const reason = new Error("over");
  const slow = new ByteBucket(1, { clock: time.clock, sleep });
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 20);
  t.is(await t.throwsAsync(slow.pass(1e6, controller.signal)), reason);
});

test("over HTTP, bodies of both directions take their time, and keep their length", async (t) => {
  const time = fakeTime();
  const fake = new FakeClient([{ status: 200, body: "x".repeat(5000) }]);
  const upload = new ByteBucket(100_000, time);
  const client = new BandwidthClient(fake, { upload, download: new ByteBucket(1000, time) });
  const before = time.clock.monotonicMs();
  const response = await client.send({ method: "PUT", url: "http://host/", body: patternBytes(200_000, 1) });
  t.is(Math.round(time.clock.monotonicMs() - before), 2000);
  t.is(fake.requests[0]!.headers!["content-length"], "200000");
  t.is((await readText(response.body, 10_000)).length, 5000);
  t.is(Math.round(time.clock.monotonicMs() - before), 7000);
});

test("every call that ends is told of, with what went wrong", async (t) => {
  const events: SinkEvent[] = [];
  const sink = new LogSink(new MemorySink(), { clock: fakeTime().clock, log: (event) => events.push(event) });
  await sink.createContainer("backups");
  await putObject(sink, PLACE, patternBytes(70_000, 1));
  await getObject(sink, PLACE);
  await t.throwsAsync(sink.open("backups", "none"));
  for await (const _ of sink.list("backups", ""));
  t.deepEqual(
    events.map(({ operation, name, count, error }) => [operation, name, count, error !== undefined]),
    [
      ["createContainer", undefined, undefined, false],
      ["create", "a", undefined, false],
      ["close", "a", 70_000, false],
      ["open", "a", undefined, false],
      ["read", "a", 70_000, false],
      ["open", "none", undefined, true],
      ["list", "", 1, false],
    ],
  );
});
