/** The sink contract on a strict stand-in for Google Cloud Storage, and what is special about uploads there. */
import { generateKeyPairSync } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { orAborted } from "../../src/aborted.js";
import { IntegrityError, StorageError, UsageError } from "../../src/errors.js";
import { nodeClock } from "../../src/node/clock.js";
import { nodeHashes } from "../../src/node/digests/hashes.js";
import { NodeHttpClient } from "../../src/node/http/client.js";
import type { HttpClient } from "../../src/ports.js";
import { type GcsAuth, givenToken, metadataToken } from "../../src/sinks/gcs/auth.js";
import { parseServiceAccountKey, serviceAccountToken } from "../../src/sinks/gcs/service-account.js";
import { GcsSink, type GcsSinkOptions } from "../../src/sinks/gcs/sink.js";
import { getObject, listNames, patternBytes, putObject } from "../../src/testing/objects.js";
import { sinkContract } from "../sinks/contract.js";
import { checkNewObjects } from "../sinks/new-objects.js";
import { type GcsEmulator, type GcsEmulatorOptions, startGcsEmulator } from "./gcs-emulator.js";

const CONTAINER = "volumebackups";
const PLACE = { container: CONTAINER, name: "volume_1/20260101000000/az_nova_backup_1-00001" };
const UNIT = 262_144;
const http = new NodeHttpClient();
test.after.always(() => http.close());

async function start(t: ExecutionContext, options: GcsEmulatorOptions = {}): Promise<GcsEmulator> {
  const emulator = await startGcsEmulator(options);
  t.teardown(() => emulator.stop());
  return emulator;
}

function sinkOn(emulator: GcsEmulator, options: Partial<GcsSinkOptions> = {}): GcsSink {
  return new GcsSink({
    http,
    hashes: nodeHashes,
    clock: nodeClock,
    auth: givenToken(emulator.grant()),
    endpoint: emulator.url,
    project: "tests",
    ...options,
  });
}

sinkContract(test, "GCS", async (t) => sinkOn(await start(t)), {
  nestedContainers: false,
  listsUnfinished: false,
});
sinkContract(
  test,
  "GCS, parts of 256 KiB, without MD5s",
  async (t) => sinkOn(await start(t, { hidesMd5: true, pageSize: 7 }), { partSize: UNIT }),
  { nestedContainers: false, listsUnfinished: false, manyCount: 51 },
);

let now = Date.now();
const clock = { now: () => new Date(now), monotonicMs: () => now };
const pass = async (ms: number): Promise<void> => {
  now += ms;
};
// One after another: they let the same time pass.
sinkContract(
  test.serial,
  "GCS, with retention",
  async (t) => sinkOn(await start(t, { now: () => now }), { locksObjects: true, clock }),
  { nestedContainers: false, listsUnfinished: false, locks: { clock, pass }, only: /\block|\bheld/ },
);

test.serial("what the server enforces for locked objects is found out, and the probe goes", async (t) => {
  const sink = sinkOn(await start(t), { locksObjects: true });
  await sink.createContainer(CONTAINER);
  const { lock } = await sink.inspect(CONTAINER, "probe");
  t.deepEqual(lock, { refusesRemoval: true, refusesShortening: true, keepsOverwritten: true });
  t.deepEqual(await listNames(sink, CONTAINER, ""), []);
});

test("a bucket without retention cannot lock, and says how to make one that can", async (t) => {
  const sink = sinkOn(await start(t));
  await sink.createContainer(CONTAINER);
  await putObject(sink, PLACE, patternBytes(10, 1));
  t.false(await sink.canLock(CONTAINER));
  const until = new Date(Date.now() + 60_000);
  await t.throwsAsync(sink.lock(CONTAINER, PLACE.name, { retention: { mode: "governance", until } }), {
    instanceOf: UsageError,
    message: /its bucket was made without object retention; make a new bucket with it$/,
  });
});

for (const size of [0, 1, UNIT - 1, UNIT, UNIT + 1, 2 * UNIT, 5 * UNIT + 77]) {
  test(`an object of ${size} bytes goes in parts of 256 KiB`, async (t) => {
    const emulator = await start(t);
    const sink = sinkOn(emulator, { partSize: UNIT });
    await sink.createContainer(CONTAINER);
    const expected = patternBytes(size, 2);
    await putObject(sink, PLACE, expected, 100_003);
    t.is(await sink.size(CONTAINER, PLACE.name), size);
    t.is(Buffer.compare(await getObject(sink, PLACE), expected), 0);
    const puts = emulator.requests.filter((request) => request.startsWith("PUT "));
    t.is(puts.length, Math.max(1, Math.ceil(size / UNIT)));
    t.is(emulator.sessionCount(), 0);
  });
}

for (const kept of [0, UNIT, 2 * UNIT, 3 * UNIT + 5]) {
  test(`an upload goes on after a part of which the server kept ${kept} bytes`, async (t) => {
    const emulator = await start(t);
    const sink = sinkOn(emulator, { partSize: 4 * UNIT });
    await sink.createContainer(CONTAINER);
    const expected = patternBytes(9 * UNIT + 1234, 5);
    const writer = await sink.create(PLACE.container, PLACE.name);
    emulator.keepOfNextPart(kept);
    await writer.write(expected.subarray(0, 5 * UNIT));
    const rest = writer.write(expected.subarray(5 * UNIT)).then(() => writer.close());
    if (kept === 0) {
      const error = await t.throwsAsync(rest, { instanceOf: StorageError, message: /has 0 bytes of it/ });
      t.is(error.status, "temporary");
      await writer.abort();
      t.is(emulator.sessionCount(), 0);
      return;
    }
    await rest;
    t.is(Buffer.compare(await getObject(sink, PLACE), expected), 0);
  });
}

for (const size of [1000, 3 * UNIT]) {
  test(`${size} bytes that arrive changed are no object`, async (t) => {
    const emulator = await start(t);
    const sink = sinkOn(emulator, { partSize: UNIT });
    await sink.createContainer(CONTAINER);
    emulator.damageNext();
    await t.throwsAsync(putObject(sink, PLACE, patternBytes(size, 1)), {
      instanceOf: StorageError,
      message: /MD5/,
    });
    t.deepEqual(await listNames(sink, CONTAINER, ""), []);
  });
}

test("an aborted upload ends its session", async (t) => {
  const emulator = await start(t);
  const sink = sinkOn(emulator, { partSize: UNIT });
  await sink.createContainer(CONTAINER);
  const writer = await sink.create(PLACE.container, PLACE.name);
  await writer.write(patternBytes(3 * UNIT, 1));
  t.is(emulator.sessionCount(), 1);
  await writer.abort();
  t.is(emulator.sessionCount(), 0);
  t.deepEqual(await listNames(sink, CONTAINER, ""), []);
});

for (const [how, answered, sessionCount] of [
  ["late", () => setTimeout(100), 0],
  ["never", () => new Promise(() => {}), 1],
] as const) {
  test(`a stop while a session is being begun ends it, where the server answers ${how}`, async (t) => {
    const emulator = await start(t);
    const stop = new AbortController();
    const slowToBegin: HttpClient = {
      close: () => http.close(),
      async send(request) {
        const response = await http.send(request);
        if (!request.url.includes("uploadType=resumable")) return response;
        stop.abort(new Error("stopped"));
        await orAborted<unknown>(answered(), request.signal);
        return response;
      },
    };
    const sink = sinkOn(emulator, { http: slowToBegin, partSize: UNIT });
    await sink.createContainer(CONTAINER);
    const writer = await sink.create(PLACE.container, PLACE.name, { signal: stop.signal });
    await t.throwsAsync(writer.write(patternBytes(3 * UNIT, 1)), { message: "stopped" });
    await writer.abort();
    t.is(emulator.sessionCount(), sessionCount);
  });
}

test("parts must be such that the server can count them", async (t) => {
  const emulator = await start(t);
  for (const partSize of [0, UNIT - 1, UNIT + 1]) {
    t.throws(() => sinkOn(emulator, { partSize }), {
      instanceOf: UsageError,
      message: /a multiple of 262144$/,
    });
  }
});

test("what comes changed is not believed, by MD5 and by CRC-32C", async (t) => {
  for (const hidesMd5 of [false, true]) {
    const emulator = await start(t, { hidesMd5 });
    await sinkOn(emulator).createContainer(CONTAINER);
    await putObject(sinkOn(emulator), PLACE, patternBytes(1000, 1));
    const flipping = sinkOn(emulator, {
      http: {
        close: () => http.close(),
        async send(request) {
          const response = await http.send(request);
          if (!request.url.includes("alt=media")) return response;
          const flip = new TransformStream<Uint8Array, Uint8Array>({
            transform(piece, controller) {
              const changed = piece.slice();
              changed[0]! ^= 1;
              controller.enqueue(changed);
            },
          });
          return { ...response, body: response.body.pipeThrough(flip) };
        },
      },
    });
    await t.throwsAsync(getObject(flipping, PLACE), {
      instanceOf: IntegrityError,
      message: hidesMd5 ? /CRC-32C on arrival/ : /MD5 on arrival/,
    });
  }
});

function serviceAccount(emulator: { readonly url: string }, privateKey: string): GcsAuth {
  const fields = {
    type: "service_account",
    client_email: "a@b.example",
    private_key: privateKey,
    private_key_id: "1",
  };
  const key = parseServiceAccountKey(JSON.stringify({ ...fields, token_uri: `${emulator.url}/token` }));
  return serviceAccountToken({ http, clock: nodeClock, key });
}

function keyPair() {
  return generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
}

test("a service account's key gives tokens, which are kept and renewed", async (t) => {
  const { publicKey, privateKey } = keyPair();
  const emulator = await start(t, { publicKey, clientEmail: "a@b.example" });
  const sink = sinkOn(emulator, { auth: serviceAccount(emulator, privateKey) });
  const exchanges = () => emulator.requests.filter((request) => request === "POST /token").length;
  await sink.createContainer(CONTAINER);
  await Promise.all([1, 2, 3].map((i) => putObject(sink, { ...PLACE, name: `a-${i}` }, patternBytes(10, i))));
  t.is(exchanges(), 1);
  emulator.revokeTokens();
  t.deepEqual(await listNames(sink, CONTAINER, ""), ["a-1", "a-2", "a-3"]);
  t.is(exchanges(), 2);
});

test("a token is got anew before it ends", async (t) => {
  const emulator = await start(t);
  let passedMs = 0;
  const clock = { ...nodeClock, monotonicMs: () => passedMs };
  const sink = sinkOn(emulator, { auth: metadataToken({ http, clock, server: emulator.url }) });
  await sink.createContainer(CONTAINER);
  const got = () => emulator.requests.filter((request) => request.endsWith("/token")).length;
  passedMs = 54 * 60_000;
  t.deepEqual(await listNames(sink, CONTAINER, ""), []);
  t.is(got(), 1);
  passedMs = 55 * 60_000;
  t.deepEqual(await listNames(sink, CONTAINER, ""), []);
  t.is(got(), 2);
});

test("another key than the account's is refused, and no part of it said", async (t) => {
  const emulator = await start(t, { publicKey: keyPair().publicKey, clientEmail: "a@b.example" });
  const { privateKey } = keyPair();
  const sink = sinkOn(emulator, { auth: serviceAccount(emulator, privateKey) });
  const error = await t.throwsAsync(sink.createContainer(CONTAINER), {
    instanceOf: StorageError,
    message: /^Cannot get a token for service account "a@b.example": the server answered 400/,
  });
  t.false(error.message.includes(privateKey.slice(60, 100)));
});

test("a file that is no service account's key is refused, and not said", (t) => {
  const wrong = ["", "secret", "{}", "null", '{"type":"authorized_user","refresh_token":"secret"}'];
  const keyless = { type: "service_account", client_email: "a@b.example", private_key: "secret" };
  for (const text of [...wrong, JSON.stringify(keyless)]) {
    const error = t.throws(() => parseServiceAccountKey(text), { instanceOf: UsageError });
    t.false(error.message.includes("secret"));
  }
});

test("the machine's own account gives tokens", async (t) => {
  const emulator = await start(t);
  const sink = sinkOn(emulator, { auth: metadataToken({ http, clock: nodeClock, server: emulator.url }) });
  await sink.createContainer(CONTAINER);
  t.deepEqual(await listNames(sink, CONTAINER, ""), []);
});

test("a given token that has ended is a clear refusal", async (t) => {
  const emulator = await start(t);
  const sink = sinkOn(emulator);
  emulator.revokeTokens();
  const error = await t.throwsAsync(sink.createContainer(CONTAINER), {
    instanceOf: StorageError,
    message: 'Cannot look at container "volumebackups": the server answered 401, Invalid Credentials',
  });
  t.is(error.status, "permanent");
});

test("it is found out what the server is like, and nothing is left", async (t) => {
  const sink = sinkOn(await start(t));
  await sink.createContainer(CONTAINER);
  const traits = await sink.inspect(CONTAINER, "probe");
  t.true(traits.conditionalPut);
  t.true(Math.abs(traits.clockAheadMs ?? Number.NaN) < 5000);
  t.deepEqual(await listNames(sink, CONTAINER, ""), []);
});

test("a bucket that is named must be there, is the only one that is shown, and stays when it is empty", async (t) => {
  const emulator = await start(t);
  const [all, one] = [sinkOn(emulator), sinkOn(emulator, { bucket: CONTAINER })];
  await t.throwsAsync(listContainers(one), { message: /"volumebackups": there is none; create it/ });
  await all.createContainer(CONTAINER);
  await all.createContainer("another");
  await all.removeContainer(CONTAINER);
  t.deepEqual(await listContainers(one), [CONTAINER]);
  t.deepEqual(await listContainers(all), ["another", CONTAINER]);
});

test("a bucket is not made where that is forbidden, or nobody knows the project", async (t) => {
  const emulator = await start(t);
  for (const options of [{ createsContainers: false }, { project: undefined }]) {
    await t.throwsAsync(sinkOn(emulator, options).createContainer(CONTAINER), {
      message: /^Cannot use container "volumebackups": there is none; create it, or /,
    });
  }
});

async function listContainers(sink: GcsSink): Promise<string[]> {
  const names: string[] = [];
  for await (const name of sink.containers()) names.push(name);
  return names;
}

test("a new object does not replace another", async (t) => {
  await checkNewObjects(t, sinkOn(await start(t)));
});
