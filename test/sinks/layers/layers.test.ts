import test from "ava";
import { BandwidthClient } from "../../../src/sinks/http/bandwidth-client.js";
import { readText } from "../../../src/sinks/http/body.js";
import { BandwidthSink, ByteBucket } from "../../../src/sinks/layers/bandwidth.js";
import { LogSink, type SinkEvent } from "../../../src/sinks/layers/log.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import { sleep } from "../../../src/sleep.js";
import { getObject, patternBytes, putObject } from "../../../src/testing/objects.js";
import { sinkContract } from "../contract.js";
import { FakeClient, fakeTime } from "../http/fake-client.js";

const PLACE = { container: "backups", name: "a" };
const options = { manyCount: 501, listsUnfinished: false };

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
    events.map(({ call, name, count, error }) => [call, name, count, error !== undefined]),
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
