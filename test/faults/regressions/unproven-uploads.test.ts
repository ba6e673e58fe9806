/** Swift and Google Cloud Storage: what is acknowledged without a proof is looked for. */
import test from "ava";
import { StorageError } from "../../../src/errors.js";
import { nodeHashes } from "../../../src/node/digests/hashes.js";
import { givenToken } from "../../../src/sinks/gcs/auth.js";
import { GcsSink } from "../../../src/sinks/gcs/sink.js";
import { SwiftSink } from "../../../src/sinks/swift/sink.js";
import { patternBytes, putObject } from "../../../src/testing/objects.js";
import { type Answer, FakeClient, fakeTime } from "../../sinks/http/fake-client.js";

const BYTES = patternBytes(1000, 1);
const PLACE = { container: "bkt", name: "a" };
const PART = 65_536;
const common = (client: FakeClient) => ({ http: client, hashes: nodeHashes, clock: fakeTime().clock });

function md5Of(bytes: Uint8Array): string {
  const md5 = nodeHashes.md5();
  md5.update(bytes);
  return md5.hex();
}

/** Puts the bytes; the methods of the requests behind the look at the container. */
async function putToSwift(bytes: Uint8Array, answers: readonly Answer[]): Promise<string[]> {
  const client = new FakeClient([{ status: 204 }, ...answers]);
  const auth = { secrets: [], begin: async () => ({ token: "t", storageUrl: "http://swift/v1/AUTH_a" }) };
  await putObject(new SwiftSink({ ...common(client), auth, partSize: PART }), PLACE, bytes);
  return client.requests.slice(1).map(({ method }) => method);
}

test("Swift: an object that was put without a tag is looked for", async (t) => {
  const tagged: Answer = { status: 200, headers: { etag: md5Of(BYTES) } };
  t.deepEqual(await putToSwift(BYTES, [{ ...tagged, status: 201 }]), ["PUT"]);
  t.deepEqual(await putToSwift(BYTES, [{ status: 204 }, tagged]), ["PUT", "HEAD"]);
  for (const looked of [
    { status: 404 },
    { status: 200 },
    { status: 200, headers: { etag: "0".repeat(32) } },
  ]) {
    const error = await t.throwsAsync(putToSwift(BYTES, [{ status: 204 }, looked]), {
      instanceOf: StorageError,
      message: /^Cannot put object "a" into container "bkt": its MD5 is /,
    });
    t.is((error as StorageError).status, "temporary");
  }
});

test("Swift: a manifest that was put without the tag of its segments is looked for", async (t) => {
  const bytes = patternBytes(PART + 1, 1);
  const md5s = [bytes.subarray(0, PART), bytes.subarray(PART)].map(md5Of);
  const segments = md5s.map((etag) => ({ status: 201, headers: { etag } }));
  const tag = md5Of(new TextEncoder().encode(md5s.join("")));
  const whole: Answer = { status: 201, headers: { etag: `"${tag}"` } };
  t.deepEqual(await putToSwift(bytes, [...segments, whole]), ["PUT", "PUT", "PUT"]);
  for (const looked of [
    { status: 404 },
    { status: 200 },
    { status: 200, headers: { "content-length": "65537" } },
  ])
    await t.throwsAsync(putToSwift(bytes, [...segments, { status: 200 }, looked]), {
      instanceOf: StorageError,
      message: /^Cannot join 2 segments into object "a": the server acknowledged it, but it is not there$/,
    });
});

async function putToGcs(answers: readonly Answer[]): Promise<string[]> {
  const session: Answer = { status: 200, headers: { location: "http://gcs/upload?upload_id=1" } };
  const client = new FakeClient([{ status: 200, body: "{}" }, session, ...answers]);
  const sink = new GcsSink({ ...common(client), auth: givenToken("t"), endpoint: "http://gcs" });
  await putObject(sink, PLACE, BYTES);
  return client.requests.slice(2).map(({ method }) => method);
}

test("Google Cloud Storage: an answer that does not describe the object is no proof", async (t) => {
  const described: Answer = { status: 200, body: `{"name":"a","size":"1000"}` };
  t.deepEqual(await putToGcs([described]), ["PUT"]);
  t.deepEqual(await putToGcs([{ status: 200, body: "{}" }, described]), ["PUT", "GET"]);
  for (const looked of [
    { status: 404, body: "{}" },
    { status: 200, body: "{}" },
  ])
    await t.throwsAsync(putToGcs([{ status: 200, body: "{}" }, looked]), {
      instanceOf: StorageError,
      message: /acknowledged it without a checksum, but it is not there$/,
    });
});
