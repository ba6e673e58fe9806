/** Repositories opened by their URLs, with nothing of a host but a client that answers from a list. */
import test from "ava";
import { NotFoundError, UsageError } from "../../src/errors.js";
import { nodeHashes } from "../../src/node/digests/hashes.js";
import { openSink as openHere } from "../../src/node/sink-host.js";
import type { HttpOptions, SinkHost } from "../../src/sinks/host.js";
import { webSinkHost } from "../../src/sinks/index.js";
import { openSink } from "../../src/sinks/open.js";
import { FakeClient, fakeTime } from "./http/fake-client.js";

const KEYS = { backup_s3_store_access_key: "KEY", backup_s3_store_secret_key: "hush" };

interface FakeHost extends SinkHost {
  readonly client: FakeClient;
  readonly asked: HttpOptions[];
}

function fakeHost(): FakeHost {
  const client = new FakeClient([{ status: 404 }]);
  const asked: HttpOptions[] = [];
  const http = async (options: HttpOptions): Promise<FakeClient> => {
    asked.push(options);
    return client;
  };
  return { clock: fakeTime().clock, hashes: nodeHashes, http, client, asked };
}

test("a URL and options of any kind say which store, and how it is reached", async (t) => {
  const host = fakeHost();
  const options = { ...KEYS, backup_s3_region: "eu-1", backup_s3_timeout: 5, backup_s3_part_size: "8M" };
  const { sink, close } = await openSink("s3://bucket?endpoint=https://s3.example", options, host);
  t.is(sink.bufferSize, 8 * 1024 * 1024);
  await t.notThrowsAsync(async () => t.is(await sink.size("bucket", "object"), undefined));
  await close();
  const [{ url, headers }] = host.client.requests as [(typeof host.client.requests)[0]];
  t.is(url, "https://s3.example/bucket/object");
  t.regex(headers!.authorization!, /^AWS4-HMAC-SHA256 Credential=KEY\/20260101\/eu-1\/s3\//);
  t.like(host.asked[0], { timeoutMs: 5000, isInsecure: false, proxy: undefined });
});

test("what cannot be accepted is refused before anything is opened", async (t) => {
  const wrong = [
    [
      "s3://bucket",
      { backup_s3_part_size: "1M" },
      /^Cannot use backup_s3_part_size "1M" \(given\): want at least 5M/,
    ],
    [
      "s3://bucket",
      { backup_s3_sekret: "x" },
      /^Cannot set option "backup_s3_sekret": no store has it; did you mean/,
    ],
    [
      "s3://bucket",
      { backup_s3_ca_cert_file: "/ca" },
      /^Cannot use backup_s3_ca_cert_file "\/ca": there are no files/,
    ],
    ["file:///srv", {}, /^Cannot use a directory as a repository here: the host has not given a file system/],
    ["ftp://host", {}, /^Cannot use a repository with ftp:/],
  ] as const;
  for (const [url, options, message] of wrong) {
    const host = fakeHost();
    await t.throwsAsync(openSink(url, options, host), { instanceOf: UsageError, message }, url);
    t.is(host.asked.length, 0);
  }
});

test("a host of the web refuses what fetch cannot do", async (t) => {
  const host = webSinkHost({ hashes: nodeHashes });
  for (const option of [{ backup_s3_verify_ssl: false }, { backup_s3_https_proxy: "http://proxy:1" }])
    await t.throwsAsync(openSink("s3://bucket", { ...KEYS, ...option }, host), {
      message: /here fetch decides/,
    });
});

test("on Node a directory is named by a path too", async (t) => {
  const { sink } = await openHere("./nothing-here");
  await t.throwsAsync(sink.open("box", "object"), { instanceOf: NotFoundError });
});
