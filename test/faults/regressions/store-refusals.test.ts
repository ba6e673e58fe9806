/** A HEAD has no body in its answer: the advice comes from its headers. And a wait that a server asks for is given. */
import { writeFile } from "node:fs/promises";
import test from "ava";
import { StorageError } from "../../../src/errors.js";
import { nodeHashes } from "../../../src/node/digests/hashes.js";
import { RetryClient } from "../../../src/sinks/http/retry-client.js";
import { S3_TEMPORARY } from "../../../src/sinks/s3/error.js";
import { S3Sink } from "../../../src/sinks/s3/sink.js";
import { startLoopbackServer } from "../../helpers/loopback-server.js";
import { type Answer, FakeClient, type FakeTime, fakeTime } from "../../sinks/http/fake-client.js";
import { Site } from "./site.js";

/** As the command opens a bucket: with what repeats requests around the client. */
function bucket(answers: readonly Answer[], time: FakeTime = fakeTime()) {
  const client = new FakeClient(answers);
  const sink = new S3Sink({
    http: new RetryClient(client, time, S3_TEMPORARY),
    hashes: nodeHashes,
    clock: time.clock,
    credentials: async () => undefined,
    endpoint: "https://s3.example",
  });
  return { sink, client, time };
}

const NOW = fakeTime().clock.now().getTime();
const dated = (aheadMs: number): Readonly<Record<string, string>> => ({
  date: new Date(NOW + aheadMs).toUTCString(),
});

const REFUSALS: readonly (readonly [title: string, answer: Answer, message: RegExp])[] = [
  [
    "another region",
    { status: 400, headers: { "x-amz-bucket-region": "eu-1" } },
    /region "eu-1"; name that one$/,
  ],
  [
    "another region",
    { status: 301, headers: { "x-amz-bucket-region": "eu-1" } },
    /region "eu-1"; name that one$/,
  ],
  [
    "another region",
    { status: 403, headers: { "x-amz-bucket-region": "eu-1" } },
    /region "eu-1"; name that one$/,
  ],
  [
    "a clock behind",
    { status: 403, headers: dated(3_600_000) },
    /clock is 3600 seconds behind the server's; set it$/,
  ],
  [
    "a clock ahead",
    { status: 400, headers: dated(-1_200_000) },
    /clock is 1200 seconds ahead of the server's; set it$/,
  ],
  [
    "keys",
    { status: 403, headers: { ...dated(1000), "x-amz-bucket-region": "us-east-1" } },
    /answered 403; are the keys right, and do they allow this\?$/,
  ],
  ["a bad request", { status: 400 }, /answered 400; are the region and the session token right\?$/],
];

for (const [title, answer, message] of REFUSALS) {
  test(`the refusal of a HEAD names the reason at once: ${title}, ${answer.status}`, async (t) => {
    const { sink, client } = bucket([answer]);
    const error = await t.throwsAsync(sink.createContainer("bkt"), { instanceOf: StorageError, message });
    t.is((error as StorageError).status, "permanent");
    t.is(client.requests.length, 1);
  });
}

test("of answers with 400 only those of a passing kind are temporary", async (t) => {
  const put = { method: "PUT", url: "https://s3.example/bkt/a", body: new Uint8Array(1) } as const;
  const refusal = (code: string): Answer => ({ status: 400, body: `<Error><Code>${code}</Code></Error>` });
  const passing = new FakeClient([refusal("RequestTimeout"), refusal("BadDigest"), { status: 200 }]);
  t.is((await new RetryClient(passing, fakeTime(), S3_TEMPORARY).send(put)).status, 200);
  const lasting = new FakeClient([refusal("InvalidStorageClass")]);
  const answer = await new RetryClient(lasting, fakeTime(), S3_TEMPORARY).send(put);
  t.regex(await new Response(answer.body).text(), /InvalidStorageClass/);
});

test("Retry-After is honoured up to five minutes, in seconds and as a date of the server's clock", async (t) => {
  const skewed = NOW + 86_400_000;
  for (const headers of [
    { "retry-after": "240" },
    { date: new Date(skewed).toUTCString(), "retry-after": new Date(skewed + 240_000).toUTCString() },
    { "retry-after": new Date(NOW + 240_000).toUTCString() },
  ]) {
    const { sink, time } = bucket([{ status: 503, headers }, { status: 200 }]);
    await sink.createContainer("bkt");
    t.is(Math.floor(time.sleeps[0]! / 1000), 240);
  }
});

test("a longer wait is reported, and not waited for", async (t) => {
  const { sink, time } = bucket([{ status: 503, headers: { "retry-after": "3600" } }]);
  await t.throwsAsync(sink.createContainer("bkt"), {
    instanceOf: StorageError,
    message: /answered 503; the server asks to try again in 3600 seconds$/,
  });
  t.deepEqual(time.sleeps, []);
});

test("backup_retry_after_max limits the wait that a server may ask for, as seconds or as a date", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("v"), "x".repeat(5000));
  const asked = [
    { "retry-after": "7200" },
    { date: "Sun, 22 Nov 2026 12:00:00 GMT", "retry-after": "Sun, 22 Nov 2026 14:00:00 GMT" },
  ];
  let count = 0;
  const server = await startLoopbackServer((request, response) => {
    request.resume();
    response.writeHead(503, { ...asked[count % 2], "content-length": "0" }).end();
    count++;
  });
  t.teardown(() => server[Symbol.asyncDispose]());
  const env = { AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s", ASHLAR_BACKUP_RETRY_AFTER_MAX: "7199" };
  for (let attempt = 1; attempt <= 2; attempt++) {
    const repository = `s3://bkt?endpoint=${server.url}`;
    const { code, talk } = await site.run(["--repository", repository, "repository", "scan"], { env });
    t.is(code, 1, talk);
    t.regex(talk, /asks to try again in 7200 seconds/);
    t.is(count, attempt, "no second request");
  }
});
