/** What the sink makes of answers that no real server gives on demand. */
import test from "ava";
import { type ErrorStatus, NotFoundError, ObjectExistsError, StorageError } from "../../../src/errors.js";
import { nodeHashes } from "../../../src/node/digests/hashes.js";
import type { HttpClient, HttpRequest } from "../../../src/ports.js";
import { S3Sink, type S3SinkOptions } from "../../../src/sinks/s3/sink.js";
import { listNames, patternBytes, putObject } from "../../../src/testing/objects.js";

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const NOW = new Date("2026-01-01T00:00:00Z");
const SECRET = "the-secret-key-of-the-user";

/** A sink on a server that answers as told, in turn, and the requests that it got. */
function scripted(answers: readonly Answer[], options: Partial<S3SinkOptions> = {}) {
  const requests: HttpRequest[] = [];
  const left = [...answers];
  const http: HttpClient = {
    async send(request) {
      requests.push(request);
      const { status, headers = {}, body = "" } = left.shift() ?? { status: 500 };
      return { status, headers, body: new Response(body).body! };
    },
    async close() {},
  };
  const sink = new S3Sink({
    http,
    hashes: nodeHashes,
    clock: { now: () => NOW, monotonicMs: () => 0 },
    credentials: async () => ({
      accessKeyId: "key",
      secretAccessKey: SECRET,
      sessionToken: "token-of-the-session",
    }),
    endpoint: "https://s3.example",
    ...options,
  });
  return { sink, requests };
}

const page = (keys: string, rest: string): Answer => ({
  status: 200,
  body: `<ListBucketResult><EncodingType>url</EncodingType>${keys}${rest}</ListBucketResult>`,
});
const entry = (key: string): string => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`;
const more = (token: string): string =>
  `<IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>`;
const error = (code: string, more = ""): string =>
  `<Error><Code>${code}</Code><Message>m.</Message>${more}</Error>`;

test("lists are followed to their last page, and names decoded", async (t) => {
  const last = page(entry("a%2Bb+c") + entry("%C3%BC"), "<IsTruncated>false</IsTruncated>");
  const { sink, requests } = scripted([page(entry("a"), more("t&amp;1")), page("", more("t2")), last]);
  t.deepEqual(await listNames(sink, "bkt", ""), ["a", "a+b c", "ü"]);
  t.is(new URL(requests[1]!.url).searchParams.get("continuation-token"), "t&1");
});

test("a list that is cut and does not go on is an error, not the end", async (t) => {
  for (const answers of [
    [page(entry("a"), "<IsTruncated>true</IsTruncated>")],
    [page(entry("a"), more("same")), page(entry("b"), more("same"))],
  ]) {
    await t.throwsAsync(listNames(scripted(answers).sink, "bkt", ""), {
      instanceOf: StorageError,
      message: /^Cannot list container "bkt": the server's list is truncated/,
    });
  }
});

test("a list that is no XML, or has no sizes, is an error", async (t) => {
  for (const body of ["<html>", "", "{}", `<L><Contents><Key>a</Key></Contents></L>`]) {
    await t.throwsAsync(listNames(scripted([{ status: 200, body }]).sink, "bkt", ""), {
      instanceOf: StorageError,
    });
  }
});

const REFUSALS: readonly (readonly [answer: Answer, status: ErrorStatus, message: RegExp])[] = [
  [{ status: 503, body: error("SlowDown") }, "temporary", /503, SlowDown, m$/],
  [{ status: 503, body: "<html>busy</html>" }, "temporary", /answered 503$/],
  [{ status: 500, body: error("InternalError") }, "temporary", /500/],
  [{ status: 400, body: error("RequestTimeout") }, "temporary", /400/],
  [{ status: 403, body: error("AccessDenied") }, "permanent", /ask for the permission$/],
  [
    { status: 403, body: error("SignatureDoesNotMatch") },
    "permanent",
    /is the secret key right, and the region/,
  ],
  [{ status: 400, body: error("ExpiredToken") }, "permanent", /session token is over/],
  [
    { status: 403, headers: { date: "Thu, 01 Jan 2026 00:20:00 GMT" }, body: error("RequestTimeTooSkewed") },
    "permanent",
    /this machine's clock is 1200 seconds behind the server's; set it$/,
  ],
  [
    { status: 301, headers: { "x-amz-bucket-region": "eu-1" }, body: error("PermanentRedirect") },
    "permanent",
    /the bucket is in region "eu-1"; name that one$/,
  ],
  [
    { status: 400, body: error("AuthorizationHeaderMalformed", "<Region>eu-2</Region>") },
    "permanent",
    /the bucket is in region "eu-2"/,
  ],
];

for (const [answer, status, message] of REFUSALS) {
  test(`a refusal says what to do: ${answer.status} ${answer.body}`, async (t) => {
    const { sink } = scripted([answer]);
    const refused = await t.throwsAsync(sink.createContainer("bkt"), { instanceOf: StorageError, message });
    t.is(refused.status, status);
  });
}

test("a secret that a server repeats is not said", async (t) => {
  const body = `<Error><Code>X</Code><Message>${SECRET} and token-of-the-session</Message></Error>`;
  const refused = await t.throwsAsync(scripted([{ status: 400, body }]).sink.createContainer("bkt"));
  t.true(refused.message.includes("*** and ***"));
});

test("over TLS the body stays out of the signature, over HTTP its SHA-256 is signed; its MD5 always is", async (t) => {
  for (const [endpoint, sha256] of [
    ["https://s3.example", "UNSIGNED-PAYLOAD"],
    ["http://s3.example", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  ] as const) {
    const answers = [
      { status: 200 },
      { status: 200, headers: { etag: '"900150983cd24fb0d6963f7d28e17f72"' } },
    ];
    const { sink, requests } = scripted(answers, { endpoint });
    await putObject(sink, { container: "bkt", name: "a" }, new TextEncoder().encode("abc"));
    const { headers = {} } = requests[1]!;
    t.is(headers["x-amz-content-sha256"], sha256);
    t.is(headers["content-md5"], "kAFQmDzST7DWlj99KOF/cg==");
    t.regex(
      headers.authorization!,
      /SignedHeaders=content-md5;host;x-amz-content-sha256;x-amz-date;x-amz-security-token/,
    );
    t.is(headers["x-amz-security-token"], "token-of-the-session");
    t.is(headers["content-encoding"], undefined);
    t.is(headers["content-length"], "3");
  }
});

const PART = 65_536;
const BEGUN: Answer = { status: 200, body: "<R><UploadId>u1</UploadId></R>" };

for (const [status, code] of [
  [200, "InternalError"],
  [202, "InvalidRequest"],
] as const) {
  test(`an error in an answer that began with ${status} is an error: ${code}`, async (t) => {
    const failed: Answer = { status, body: `\n\n<?xml version="1.0"?>${error(code)}` };
    const { sink, requests } = scripted(
      [{ status: 200 }, BEGUN, { status: 200 }, { status: 200 }, failed, { status: 204 }],
      {
        partSize: PART,
      },
    );
    const writer = await sink.create("bkt", "a");
    await writer.write(patternBytes(PART + 1, 1));
    const refused = await t.throwsAsync(writer.close(), {
      instanceOf: StorageError,
      message: new RegExp(code),
    });
    t.is(refused.status, "temporary");
    await writer.abort();
    const { method, url } = requests.at(-1)!;
    t.deepEqual([method, url], ["DELETE", "https://s3.example/bkt/a?uploadId=u1"]);
  });
}

test("after a lost answer to the completion it is looked whether the object is there, and is this one", async (t) => {
  const gone: Answer = { status: 404, body: error("NoSuchUpload") };
  const md5 = nodeHashes.md5();
  for (const piece of [
    patternBytes(PART + 1, 1).subarray(0, PART),
    patternBytes(PART + 1, 1).subarray(PART),
  ]) {
    const part = nodeHashes.md5();
    part.update(piece);
    md5.update(Buffer.from(part.hex(), "hex"));
  }
  const tag = `"${md5.hex()}-2"`;
  const tagsOfParts = [PART, 1].map((_, i) => {
    const part = nodeHashes.md5();
    part.update(patternBytes(PART + 1, 1).subarray(i * PART, (i + 1) * PART));
    return { status: 200, headers: { etag: `"${part.hex()}"` } };
  });
  const cases: readonly (readonly [Answer, boolean])[] = [
    [{ status: 200, headers: { "content-length": String(PART + 1), etag: tag } }, true],
    [{ status: 200, headers: { "content-length": String(PART), etag: tag } }, false],
    [{ status: 200, headers: { "content-length": String(PART + 1), etag: `"${"0".repeat(32)}-2"` } }, false],
    [{ status: 404 }, false],
  ];
  for (const [head, isThere] of cases) {
    const { sink } = scripted([{ status: 200 }, BEGUN, ...tagsOfParts, gone, head], { partSize: PART });
    const writer = await sink.create("bkt", "a");
    await writer.write(patternBytes(PART + 1, 1));
    if (isThere) await t.notThrowsAsync(writer.close());
    else await t.throwsAsync(writer.close(), { instanceOf: NotFoundError, message: /NoSuchUpload/ });
  }
});

test("a server that has other bytes than were sent is not believed", async (t) => {
  const { sink } = scripted([{ status: 200 }, { status: 200, headers: { etag: `"${"0".repeat(32)}"` } }]);
  const put = putObject(sink, { container: "bkt", name: "a" }, new Uint8Array(3));
  const refused = await t.throwsAsync(put, { instanceOf: StorageError, message: /bytes of MD5 "0{32}"/ });
  t.is(refused.status, "temporary");
});

test("a server that ignores ranges is an error, not wrong bytes", async (t) => {
  const { sink } = scripted([{ status: 200, headers: { "content-length": "5" }, body: "abcde" }]);
  await t.throwsAsync(sink.open("bkt", "a", { offset: 2 }), {
    instanceOf: StorageError,
    message: /ignores the range/,
  });
});

test("a customer's key of the wrong length is refused, and not said", (t) => {
  const refused = t.throws(() => scripted([], { customerKey: { key: "too-short-secret" } }));
  t.regex(refused.message, /it has 16 bytes, and AES256 wants 32$/);
});

test("in front of the host only names that can be part of one are taken", async (t) => {
  const { sink } = scripted([], { style: "virtual" });
  for (const name of ["Upper", "with.dot", "under_score"]) {
    await t.throwsAsync(sink.createContainer(name), {
      message: /want lower-case letters, digits and hyphens/,
    });
  }
});

test("a new object: without conditions it is put all the same, and a lost answer is found to be its own", async (t) => {
  const bytes = patternBytes(100, 1);
  const md5 = nodeHashes.md5();
  md5.update(bytes);
  const tag = { etag: `"${md5.hex()}"`, "content-length": "100" };
  const put = async (answers: readonly Answer[]) => {
    const { sink, requests } = scripted([{ status: 200 }, ...answers]);
    const writer = await sink.create("bkt", "a_metadata", { isNew: true });
    await writer.write(bytes);
    await writer.close();
    return requests.slice(1);
  };
  const refused: Answer = { status: 412, body: error("PreconditionFailed") };
  const [first] = await put([{ status: 200, headers: tag }]);
  t.is(first!.headers?.["if-none-match"], "*");
  const [, second] = await put([
    { status: 501, body: error("NotImplemented") },
    { status: 200, headers: tag },
  ]);
  t.is(second!.headers?.["if-none-match"], undefined);
  await put([refused, { status: 200, headers: tag }]);
  const other = { ...tag, etag: `"${"0".repeat(32)}"` };
  await t.throwsAsync(put([refused, { status: 200, headers: other }]), {
    instanceOf: ObjectExistsError,
    message: /^Cannot complete object "a_metadata" in container "bkt": another writer has completed it/,
  });
});
