/** What is Swift's own, on a real one: large objects in segments, policies, containers, tokens, checksums. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { IntegrityError, NotFoundError, StorageError, UsageError } from "../../src/errors.js";
import { nodeClock } from "../../src/node/clock.js";
import { GivenToken } from "../../src/sinks/swift/auth.js";
import { isSegment } from "../../src/sinks/swift/segments.js";
import type { SwiftSinkOptions } from "../../src/sinks/swift/sink.js";
import { TempAuth } from "../../src/sinks/swift/tempauth.js";
import { getObject, listNames, patternBytes, putObject } from "../../src/testing/objects.js";
import { checkNewObjects } from "../sinks/new-objects.js";
import { untilReady } from "./daemon.js";
import { startFaultProxy } from "./fault-proxy.js";
import { newAccount, startSwift, useServer } from "./swift-server.js";
import { http, swiftSink, tempAuth } from "./swift-sinks.js";

const swift = useServer(test, startSwift);
const PLACE = { container: "backups", name: "volume_1/2026/az_nova_backup_2_sha256file" };

async function makeWorld(options: Partial<SwiftSinkOptions> = {}) {
  const account = newAccount(swift.server);
  const sink = swiftSink(tempAuth(swift.server.authUrl, account), options);
  await sink.createContainer(PLACE.container);
  /** Every object of the container, segments too, as Swift itself lists them. */
  const raw = async (): Promise<string[]> => {
    const { token } = await tempAuth(swift.server.authUrl).begin();
    const response = await fetch(`${account}/backups?limit=10000`, { headers: { "x-auth-token": token } });
    return (await response.text()).split("\n").filter((name) => name !== "");
  };
  return { account, sink, raw };
}

test("a large object is one object, and its segments are removed with it", async (t) => {
  const { sink, raw } = await makeWorld({ partSize: 100_000 });
  const expected = patternBytes(1_234_567, 1);
  await putObject(sink, PLACE, expected, 77_777);
  t.is((await raw()).length, 14);
  t.deepEqual(await listNames(sink, PLACE.container, ""), [PLACE.name]);
  t.is(await sink.size(PLACE.container, PLACE.name), 1_234_567);
  for await (const { size } of sink.list(PLACE.container, "")) t.is(size, 1_234_567);
  t.is(Buffer.compare(await getObject(sink, PLACE), expected), 0);
  const reader = await sink.open(PLACE.container, PLACE.name, { offset: 999_999 });
  const tail = new Uint8Array(234_568);
  t.is(await reader.readInto(tail), 234_568);
  t.is(Buffer.compare(tail, expected.subarray(999_999)), 0);
  await reader.close();
  await sink.remove(PLACE.container, PLACE.name);
  t.deepEqual(await raw(), []);
});

test("an object of exactly a part is put in one request, one byte more in segments", async (t) => {
  const { sink, raw } = await makeWorld({ partSize: 100_000 });
  await putObject(sink, PLACE, patternBytes(100_000, 1));
  t.deepEqual(await raw(), [PLACE.name]);
  await putObject(sink, PLACE, patternBytes(100_001, 2));
  t.is((await raw()).filter(isSegment).length, 2);
  t.is(Buffer.compare(await getObject(sink, PLACE), patternBytes(100_001, 2)), 0);
});

test("segments of dead and aborted writers go, those of objects stay", async (t) => {
  const { sink, raw } = await makeWorld({ partSize: 10_000 });
  await putObject(sink, PLACE, patternBytes(25_000, 1));
  const dead = await sink.create(PLACE.container, PLACE.name);
  await dead.write(patternBytes(25_000, 2));
  const other = await sink.create(PLACE.container, "volume_10/x");
  await other.write(patternBytes(25_000, 3));
  // Parts are on their way when a write resolves.
  const areThere = async (): Promise<boolean> => (await raw()).filter(isSegment).length === 3 + 2 + 2;
  await untilReady("segments of unfinished objects", areThere, { timeoutMs: 20_000 });
  await sink.removeUnfinished(PLACE.container, "volume_1/");
  t.is((await raw()).filter(isSegment).length, 3 + 2, "another volume's are not touched");
  await other.abort();
  t.is((await raw()).filter(isSegment).length, 3);
  t.is(Buffer.compare(await getObject(sink, PLACE), patternBytes(25_000, 1)), 0);
  await putObject(sink, PLACE, patternBytes(10, 4));
  await sink.removeUnfinished(PLACE.container, "volume_1/");
  t.deepEqual(await raw(), [PLACE.name], "an object that was replaced leaves nothing either");
  await t.throwsAsync(sink.create(PLACE.container, ".ashlar-segments/x"), { instanceOf: UsageError });
});

test("300 MiB of zeros in segments of 1 MiB", async (t) => {
  t.timeout(300_000);
  const { sink, raw } = await makeWorld({ partSize: 1_048_576 });
  const piece = new Uint8Array(4 * 1_048_576);
  const writer = await sink.create(PLACE.container, PLACE.name);
  for (let i = 0; i < 75; i++) await writer.write(piece);
  await writer.close();
  t.is((await raw()).length, 301);
  t.is(await sink.size(PLACE.container, PLACE.name), 300 * 1_048_576);
  const reader = await sink.open(PLACE.container, PLACE.name, { offset: 299 * 1_048_576 + 5 });
  t.is(await reader.readInto(piece), 1_048_576 - 5);
  await reader.close();
  await sink.remove(PLACE.container, PLACE.name);
  t.deepEqual(await raw(), []);
});

test("an object of too many segments is an error that says what is wanted, and leaves nothing", async (t) => {
  const { sink, raw } = await makeWorld({ partSize: 10 });
  const writer = await sink.create(PLACE.container, PLACE.name);
  await t.throwsAsync(writer.write(new Uint8Array(10_100)), {
    instanceOf: StorageError,
    message: /it has more than 1000 segments of 10 bytes; want larger segments$/,
  });
  await writer.abort();
  t.deepEqual(await raw(), []);
});

test("sixteen puts of one name at once: one of them, whole", async (t) => {
  const { sink } = await makeWorld({ partSize: 40_000, partsMax: 4 });
  const contents = Array.from({ length: 16 }, (_, i) => patternBytes(90_000 - i * 5000, i));
  await Promise.all(contents.map((bytes) => putObject(sink, PLACE, bytes, 9999)));
  const found = await getObject(sink, PLACE);
  t.true(contents.some((bytes) => Buffer.compare(bytes, found) === 0));
  await sink.removeUnfinished(PLACE.container, "");
  t.is(Buffer.compare(await getObject(sink, PLACE), found), 0);
});

test("a container is made with the policy, and one that is there keeps its own", async (t) => {
  const { account } = await makeWorld();
  const auth = tempAuth(swift.server.authUrl, account);
  const policyOf = async (container: string): Promise<string | null> => {
    const { token } = await auth.begin();
    const response = await fetch(`${account}/${container}`, {
      method: "HEAD",
      headers: { "x-auth-token": token },
    });
    return response.headers.get("x-storage-policy");
  };
  const gold = swiftSink(auth, { storagePolicy: "gold" });
  await gold.createContainer("golden");
  await gold.createContainer("backups");
  t.is(await policyOf("golden"), "gold");
  t.is(await policyOf("backups"), "standard");
  await t.throwsAsync(swiftSink(auth, { storagePolicy: "none" }).createContainer("x"), {
    instanceOf: StorageError,
    message: /^Cannot create container "x": the server answered 400/,
  });
});

test("with backup_create_containers off a missing container is an error", async (t) => {
  const { sink, account } = await makeWorld();
  const strict = swiftSink(tempAuth(swift.server.authUrl, account), { createsContainers: false });
  await strict.createContainer("backups");
  await t.throwsAsync(strict.createContainer("new"), {
    instanceOf: NotFoundError,
    message: 'Cannot use container "new": it does not exist, and backup_create_containers is off',
  });
  await sink.removeContainer("backups");
  t.deepEqual(await listNames(sink, "backups", ""), []);
  await t.notThrowsAsync(strict.createContainer("backups"), "containers stay");
});

test("TempAuth: wrong keys are refused for good, a token that was given is not renewed", async (t) => {
  const { authUrl } = swift.server;
  const wrong = new TempAuth({ http, clock: nodeClock, authUrl, user: "test:tester", key: "wr0ng" });
  const error = await t.throwsAsync(wrong.begin(), {
    instanceOf: StorageError,
    message: /^Cannot get a token from http:.*\/auth\/v1\.0 as "test:tester": the server answered 401/,
  });
  t.is((error as StorageError).status, "permanent");
  t.notRegex(error!.message, /wr0ng/);
  const nowhere = new TempAuth({
    http,
    clock: nodeClock,
    authUrl: `${swift.server.url}/healthcheck`,
    user: "a",
    key: "b",
  });
  await t.throwsAsync(nowhere.begin(), {
    message: /there is none in the answer; want the URL of Swift's auth\/v1\.0$/,
  });

  const session = await tempAuth(authUrl, newAccount(swift.server)).begin();
  const given = swiftSink(new GivenToken(session));
  await given.createContainer("backups");
  const stale = swiftSink(new GivenToken({ ...session, token: "AUTH_tkdead" }));
  await t.throwsAsync(stale.createContainer("backups"), {
    instanceOf: StorageError,
    message: /^Cannot go on with the token that was given: the server refuses it/,
  });
});

test("what changes on the way is noticed: by the server in a put, here in a read", async (t) => {
  const { account } = await makeWorld();
  const proxy = await startFaultProxy(t, swift.server.url);
  const sink = swiftSink(tempAuth(swift.server.authUrl, account.replace(swift.server.url, proxy.url)));
  proxy.decide = ({ method }) => (method === "PUT" ? { kind: "flip-request", at: 500 } : undefined);
  await t.throwsAsync(putObject(sink, PLACE, patternBytes(1000, 1)), { message: /the server answered 422/ });
  t.is(await sink.size(PLACE.container, PLACE.name), undefined);
  proxy.decide = () => undefined;
  await putObject(sink, PLACE, patternBytes(1000, 1));
  proxy.decide = ({ method }) => (method === "GET" ? { kind: "flip-response", at: 500 } : undefined);
  await t.throwsAsync(getObject(sink, PLACE), {
    instanceOf: IntegrityError,
    message: /^Cannot trust object: its MD5 on arrival is /,
  });
});

test("no secret and no token is in what the servers log of failures", async (t: ExecutionContext) => {
  const logs = join(swift.server.directory, "logs");
  for (const name of await readdir(logs)) t.notRegex(await readFile(join(logs, name), "utf8"), /wr0ng/);
});

test("a new object does not replace another, small or large", async (t) => {
  const { sink } = await makeWorld({ partSize: 100_000 });
  await checkNewObjects(t, sink, [1000, 250_000]);
});
