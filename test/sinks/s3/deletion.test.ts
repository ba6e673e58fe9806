/** How many requests it takes to delete objects, and what a server's refusals make of it. */
import test from "ava";
import { LockedError, StorageError } from "../../../src/errors.js";
import { nodeHashes } from "../../../src/node/digests/hashes.js";
import { S3Sink } from "../../../src/sinks/s3/sink.js";
import { type Answer, FakeClient, fakeTime } from "../http/fake-client.js";

/** The bucket has no object lock, which the sink asks first. */
function sinkOn(answers: readonly Answer[]): { sink: S3Sink; client: FakeClient } {
  const client = new FakeClient([NO_LOCKS, ...answers]);
  const sink = new S3Sink({
    http: client,
    hashes: nodeHashes,
    clock: fakeTime().clock,
    credentials: async () => undefined,
    endpoint: "https://s3.example",
  });
  return { sink, client };
}

const NO_LOCKS: Answer = {
  status: 404,
  body: "<Error><Code>ObjectLockConfigurationNotFoundError</Code></Error>",
};
const DONE: Answer = { status: 200, body: "<DeleteResult/>" };
const GONE: Answer = { status: 204 };
const DENIED: Answer = { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" };
const shown = ({ requests }: FakeClient): string[] =>
  requests.slice(1).map(({ method, url }) => `${method} ${new URL(url).pathname}${new URL(url).search}`);

test("2000 objects take two requests, with their MD5, and without a look at each", async (t) => {
  const { sink, client } = sinkOn([DONE, DONE]);
  await sink.removeAll(
    "bkt",
    Array.from({ length: 2000 }, (_, i) => `a & <${i}>`),
  );
  t.deepEqual(shown(client), ["POST /bkt?delete=", "POST /bkt?delete="]);
  const [, ...bodies] = client.bodies;
  t.regex(bodies[0]!, /^<Delete [^>]*><Quiet>true<\/Quiet><Object><Key>a &amp; &lt;0&gt;<\/Key>/);
  t.is(bodies.map((body) => body.match(/<Object>/g)!.length).join(), "1000,1000");
  t.regex(client.requests[1]!.headers!["content-md5"]!, /^[A-Za-z0-9+/]{22}==$/);
});

test("a server that refuses bulk deletion is asked once, and then for each object", async (t) => {
  const refusals: readonly Answer[] = [
    { status: 501, body: "<Error><Code>NotImplemented</Code></Error>" },
    { status: 400, body: "<Error><Code>MalformedXML</Code></Error>" },
    { status: 405 },
    { status: 200, body: "<html/>" },
  ];
  for (const refusal of refusals) {
    const { sink, client } = sinkOn([refusal, GONE, GONE, GONE, GONE]);
    await sink.removeAll("bkt", ["a", "b"]);
    await sink.removeAll("bkt", ["c", "d"]);
    t.deepEqual(
      shown(client).slice(1),
      ["a", "b", "c", "d"].map((key) => `DELETE /bkt/${key}`),
    );
  }
});

test("what a bulk answer reports as failed is deleted again by itself, and fails with the reason", async (t) => {
  const failed = `<DeleteResult><Error><Key>b</Key><Code>InternalError</Code></Error><Error><Key>c</Key><Code>NoSuchKey</Code></Error></DeleteResult>`;
  const { sink, client } = sinkOn([{ status: 200, body: failed }, GONE]);
  await sink.removeAll("bkt", ["a", "b", "c"]);
  t.deepEqual(shown(client), ["POST /bkt?delete=", "DELETE /bkt/b"]);

  const denied = sinkOn([{ status: 200, body: failed }, DENIED]);
  await t.throwsAsync(denied.sink.removeAll("bkt", ["a", "b", "c"]), {
    instanceOf: StorageError,
    message: /^Cannot remove object "b" in container "bkt": the server answered 403, AccessDenied/,
  });
});

test("an answer that passes is no refusal, and a bucket that is missing holds nothing", async (t) => {
  const { sink } = sinkOn([{ status: 503, body: "<Error><Code>SlowDown</Code></Error>" }]);
  const error = await t.throwsAsync(sink.removeAll("bkt", ["a", "b"]), { instanceOf: StorageError });
  t.is((error as StorageError).status, "temporary");
  const missing = sinkOn([{ status: 404, body: "<Error><Code>NoSuchBucket</Code></Error>" }]);
  await missing.sink.removeAll("bkt", ["a", "b"]);
  t.deepEqual(shown(missing.client), ["POST /bkt?delete="]);
});

test("a key that XML has no form for is deleted by itself", async (t) => {
  const { sink, client } = sinkOn([DONE, GONE]);
  await sink.removeAll("bkt", ["a", "b", "c\uffff"]);
  t.deepEqual(shown(client), ["POST /bkt?delete=", "DELETE /bkt/c%EF%BF%BF"]);
});

/** A bucket with one version of one object, whose lock ends `minutes` from now, and which the server refuses to remove. */
function lockedSink(minutes: number): S3Sink {
  const time = fakeTime();
  const until = new Date(time.clock.now().getTime() + minutes * 60_000).toISOString();
  const bodies = [
    "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>",
    "<ListVersionsResult><Version><Key>a</Key><VersionId>v1</VersionId></Version></ListVersionsResult>",
    DENIED,
    `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>`,
    "<LegalHold><Status>OFF</Status></LegalHold>",
  ];
  const answers = bodies.map((body) => (typeof body === "string" ? { status: 200, body } : body));
  return new S3Sink({
    http: new FakeClient(answers),
    hashes: nodeHashes,
    clock: time.clock,
    credentials: async () => undefined,
    endpoint: "https://s3.example",
  });
}

test("a refusal is the lock's while the lock lasts, and until every server's clock has passed its end", async (t) => {
  for (const minutes of [60, 0, -14])
    await t.throwsAsync(lockedSink(minutes).remove("bkt", "a"), { instanceOf: LockedError }, `${minutes}`);
  const error = await t.throwsAsync(lockedSink(-16).remove("bkt", "a"), { instanceOf: StorageError });
  t.false(error instanceof LockedError);
});
