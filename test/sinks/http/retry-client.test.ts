import test from "ava";
import { StorageError } from "../../../src/errors.js";
import { MemoryBody } from "../../../src/sinks/http/memory-body.js";
import { RetryClient } from "../../../src/sinks/http/retry-client.js";
import { patternBytes } from "../../../src/testing/objects.js";
import { FakeClient, fakeTime } from "./fake-client.js";

const reset = new StorageError("Cannot GET http://host/: reset", { call: "get", status: "temporary" });
const request = { method: "GET", url: "http://host/a" } as const;

test("what may pass is asked for again, after waits that grow, and with the whole body", async (t) => {
  const fake = new FakeClient([reset, { status: 503 }, { status: 500 }, { status: 201 }]);
  const time = fakeTime({ attempts: 4, delayMs: 100 });
  const body = new MemoryBody(100);
  body.append(new TextEncoder().encode("all of it"));
  const response = await new RetryClient(fake, time).send({ method: "PUT", url: "http://host/a", body });
  t.is(response.status, 201);
  t.deepEqual(fake.bodies, Array(4).fill("all of it"));
  t.deepEqual(time.sleeps, [50, 100, 200]);
});

test("Retry-After is waited for, with some jitter, unless it is too long", async (t) => {
  const time = fakeTime({ delayMs: 100 });
  const busy = { status: 429, headers: { "retry-after": "3" } };
  const response = await new RetryClient(new FakeClient([busy, { status: 200 }]), time).send(request);
  t.is(response.status, 200);
  t.deepEqual(time.sleeps, [3050]);
  const long = { status: 503, headers: { "retry-after": "3600" } };
  const refused = await new RetryClient(new FakeClient([long]), time).send(request);
  t.is(refused.status, 503);
});

test("at the end of its tries the last answer or error is what there is", async (t) => {
  const time = fakeTime({ attempts: 2 });
  const answer = await new RetryClient(new FakeClient([reset, { status: 500 }]), time).send(request);
  t.is(answer.status, 500);
  const failing = new RetryClient(new FakeClient([{ status: 500 }, reset]), time).send(request);
  t.is(await t.throwsAsync(failing), reset);
});

test("what will not change, and what cannot be sent again, is tried once", async (t) => {
  const time = fakeTime();
  for (const status of [200, 401, 404, 422]) {
    const fake = new FakeClient([{ status }]);
    t.is((await new RetryClient(fake, time).send(request)).status, status);
  }
  const permanent = new Error("no such protocol");
  t.is(await t.throwsAsync(new RetryClient(new FakeClient([permanent]), time).send(request)), permanent);
  async function* body(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(3);
  }
  const streaming = new RetryClient(new FakeClient([{ status: 503 }]), time);
  t.is((await streaming.send({ method: "PUT", url: "http://host/a", body: body() })).status, 503);
  t.deepEqual(time.sleeps, []);
});

test("a signal ends the wait", async (t) => {
  const reason = new Error("over");
  const controller = new AbortController();
  const time = fakeTime({
    sleep: async (_ms, signal) => {
      controller.abort(reason);
      signal?.throwIfAborted();
    },
  });
  const sending = new RetryClient(new FakeClient([reset]), time).send({
    ...request,
    signal: controller.signal,
  });
  t.is(await t.throwsAsync(sending), reason);
});

test("a body in memory takes what has room, and gives it as often as it is asked", async (t) => {
  const body = new MemoryBody(2_500_000);
  const bytes = patternBytes(3_000_000, 1);
  let taken = 0;
  while (!body.isFull) taken += body.append(bytes.subarray(taken, taken + 333_333));
  t.is(taken, 2_500_000);
  t.is(body.append(bytes), 0);
  for (let i = 0; i < 2; i++) {
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    t.is(Buffer.compare(Buffer.concat(pieces), bytes.subarray(0, 2_500_000)), 0);
  }
  body.clear();
  t.is(body.length, 0);
  t.is(body.append(bytes.subarray(0, 10)), 10);
  t.deepEqual(
    [...body.slabs()].map((slab) => slab.length),
    [10],
  );
});

test("an answer with an encoded body is a failed request; a coding of an upload that the server kept is not", async (t) => {
  const encoded = (coding: string) => ({ status: 200, headers: { "content-encoding": coding }, body: "x" });
  const time = fakeTime({ attempts: 2 });
  const client = new RetryClient(new FakeClient([encoded("gzip"), encoded("identity")]), time);
  t.is((await client.send(request)).headers["content-encoding"], "identity");
  const kept = await new RetryClient(new FakeClient([encoded("aws-chunked")]), time).send(request);
  t.is(kept.status, 200);
  const always = new RetryClient(new FakeClient([encoded("gzip"), encoded("aws-chunked, br")]), time);
  await t.throwsAsync(always.send(request), {
    instanceOf: StorageError,
    message: /^Cannot GET .*: the answer is encoded as aws-chunked, br, which was not asked for/,
  });
});
