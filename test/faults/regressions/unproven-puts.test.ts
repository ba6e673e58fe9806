/** What a server, or something on the way to it, acknowledges is proven before it counts as stored. */
import test from "ava";
import { StorageError } from "../../../src/errors.js";
import { nodeHashes } from "../../../src/node/digests/hashes.js";
import { RetryClient } from "../../../src/sinks/http/retry-client.js";
import { S3_TEMPORARY } from "../../../src/sinks/s3/error.js";
import { S3Sink, type S3SinkOptions } from "../../../src/sinks/s3/sink.js";
import { patternBytes, putObject } from "../../../src/testing/objects.js";
import { type Answer, FakeClient, fakeTime } from "../../sinks/http/fake-client.js";

const PLACE = { container: "bkt", name: "a" };
const PART = 65_536;
const BYTES = patternBytes(1000, 1);
const FOUND: Answer = { status: 200 };
const BEGUN: Answer = { status: 200, body: "<R><UploadId>u1</UploadId></R>" };

function md5Of(bytes: Uint8Array): string {
  const md5 = nodeHashes.md5();
  md5.update(bytes);
  return md5.hex();
}

function sinkOn(answers: readonly Answer[], options: Partial<S3SinkOptions> = {}) {
  const client = new FakeClient([FOUND, ...answers]);
  const sink = new S3Sink({
    http: client,
    hashes: nodeHashes,
    clock: fakeTime().clock,
    credentials: async () => undefined,
    endpoint: "https://s3.example",
    ...options,
  });
  return { sink, methods: () => client.requests.slice(1).map(({ method }) => method) };
}

const head = (size: number, headers: Answer["headers"] = { etag: `"${md5Of(BYTES)}"` }): Answer => ({
  status: 200,
  headers: { ...headers, "content-length": String(size) },
});
const REFUSED = {
  instanceOf: StorageError,
  message: /acknowledged it without a checksum, but it is not there$/,
};

test("a tag that is the MD5 of what was sent is a proof", async (t) => {
  const { sink, methods } = sinkOn([{ status: 200, headers: { etag: `"${md5Of(BYTES)}"` } }]);
  await putObject(sink, PLACE, BYTES);
  t.deepEqual(methods(), ["PUT"]);
});

test("after a put without a tag the object is looked for", async (t) => {
  for (const acknowledged of [{ status: 200 }, { status: 204 }, { status: 200, headers: { etag: '""' } }]) {
    const { sink, methods } = sinkOn([acknowledged, head(1000)]);
    await putObject(sink, PLACE, BYTES);
    t.deepEqual(methods(), ["PUT", "HEAD"]);
  }
});

test("an object that never arrived is not stored, whatever answered", async (t) => {
  for (const looked of [
    { status: 404 },
    head(999),
    head(1000, { etag: `"${"0".repeat(32)}"` }),
    // The same gateway that acknowledges everything.
    head(1000, {}),
    { status: 200 },
  ]) {
    const error = await t.throwsAsync(
      putObject(sinkOn([{ status: 200 }, looked]).sink, PLACE, BYTES),
      REFUSED,
    );
    t.is((error as StorageError).status, "temporary");
  }
});

test("a tag of an encrypted object is a proof, and one of another form is not", async (t) => {
  const encrypted = { etag: '"x"', "x-amz-server-side-encryption": "aws:kms" };
  const { sink, methods } = sinkOn([{ status: 200, headers: encrypted }]);
  await putObject(sink, PLACE, BYTES);
  t.deepEqual(methods(), ["PUT"]);
  const other = sinkOn([{ status: 200, headers: { etag: '"0x8D"' } }, head(1000, { etag: '"0x8D"' })]);
  await putObject(other.sink, PLACE, BYTES);
  t.deepEqual(other.methods(), ["PUT", "HEAD"]);
});

test("a completion is proven by its tag, or by a look at the object", async (t) => {
  const bytes = patternBytes(PART + 1, 1);
  const md5s = [bytes.subarray(0, PART), bytes.subarray(PART)].map(md5Of);
  const tag = `${md5Of(Buffer.from(md5s.join(""), "hex"))}-2`;
  const parts = md5s.map((md5) => ({ status: 200, headers: { etag: `"${md5}"` } }));
  const done = (body: string): Answer => ({ status: 200, body });
  const result = (inner: string): Answer =>
    done(`<CompleteMultipartUploadResult>${inner}</CompleteMultipartUploadResult>`);
  const put = async (...last: Answer[]): Promise<string[]> => {
    const { sink, methods } = sinkOn([BEGUN, ...parts, ...last], { partSize: PART });
    await putObject(sink, PLACE, bytes);
    return methods().slice(3);
  };
  t.deepEqual(await put(result(`<ETag>"${tag}"</ETag>`)), ["POST"]);
  t.deepEqual(await put(result(""), head(PART + 1, { etag: `"${tag}"` })), ["POST", "HEAD"]);
  await t.throwsAsync(put(result(""), { status: 404 }), REFUSED);
  await t.throwsAsync(put(result(""), head(PART)), REFUSED);
  await t.throwsAsync(put(done("<html/>")), { instanceOf: StorageError, message: /answered with "html"$/ });
  await t.throwsAsync(put(done("<Error><Code>InternalError</Code></Error>")), { message: /InternalError/ });
  await t.throwsAsync(put(done("")), { instanceOf: StorageError, message: /is not understood/ });
});

test("a completion that fails after its answer began is repeated, and may have succeeded before", async (t) => {
  const bytes = patternBytes(PART + 1, 1);
  const md5s = [bytes.subarray(0, PART), bytes.subarray(PART)].map(md5Of);
  const etag = `"${md5Of(Buffer.from(md5s.join(""), "hex"))}-2"`;
  const parts = md5s.map((md5) => ({ status: 200, headers: { etag: `"${md5}"` } }));
  const answered = (status: number, code: string): Answer => ({
    status,
    body: `\n<Error><Code>${code}</Code></Error>`,
  });
  const done = {
    status: 200,
    body: `<CompleteMultipartUploadResult><ETag>${etag}</ETag></CompleteMultipartUploadResult>`,
  };
  const put = async (...last: Answer[]): Promise<string[]> => {
    const client = new FakeClient([FOUND, BEGUN, ...parts, ...last]);
    const http = new RetryClient(client, fakeTime(), S3_TEMPORARY);
    const clock = fakeTime().clock;
    const { sink } = sinkOn([], { http, clock, partSize: PART });
    await putObject(sink, PLACE, bytes);
    return client.requests.slice(4).map(({ method }) => method);
  };
  t.deepEqual(await put(answered(200, "InternalError"), done), ["POST", "POST"]);
  t.deepEqual(await put(answered(202, "InvalidRequest"), { status: 200, body: "" }, done), [
    "POST",
    "POST",
    "POST",
  ]);
  const there = head(PART + 1, { etag });
  t.deepEqual(await put(answered(200, "SlowDown"), answered(404, "NoSuchUpload"), there), [
    "POST",
    "POST",
    "HEAD",
  ]);
  const refused = { instanceOf: StorageError, message: /EntityTooSmall/ };
  await t.throwsAsync(put(answered(200, "EntityTooSmall")), refused);
});
