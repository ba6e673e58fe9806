/** What an S3 sink does on a real server, beyond the contract of all sinks. */
import type { TestFn } from "ava";
import { IntegrityError, StorageError } from "../../src/errors.js";
import { nodeClock } from "../../src/node/clock.js";
import { nodeHashes } from "../../src/node/digests/hashes.js";
import { NodeHttpClient } from "../../src/node/http/client.js";
import type { HttpClient, HttpRequest } from "../../src/ports.js";
import { streamOf } from "../../src/sinks/http/body.js";
import { S3Connection } from "../../src/sinks/s3/connection.js";
import { listUploads } from "../../src/sinks/s3/listing.js";
import { getObject, listNames, patternBytes, putObject } from "../../src/testing/objects.js";
import { MIB } from "../../src/units.js";
import { checkNewObjects } from "../sinks/new-objects.js";
import type { S3Account, S3Server } from "./radosgw-server.js";
import { makeS3Sink } from "./s3-sinks.js";

const CONTAINER = "volumebackups";
const PART = 5 * MIB;

export interface S3Cases {
  readonly test: TestFn;
  readonly name: string;
  /** Valid within tests. */
  readonly server: () => S3Server;
  /** What the server has of what not every one has. */
  readonly has: { readonly conditionalPut: boolean };
}

export function s3Cases(cases: S3Cases): void {
  multipartCases(cases);
  refusalCases(cases);
}

function multipartCases({ test, name, server }: S3Cases): void {
  for (const size of [PART - 1, PART, PART + 1, 2 * PART, 3 * PART + 12_345]) {
    test.serial(`${name}: an object of ${size} bytes goes in parts of 5 MiB`, async (t) => {
      const account = await server().makeAccount();
      const sink = makeS3Sink(t, server(), account, { partSize: PART });
      await sink.createContainer(CONTAINER);
      const location = { container: CONTAINER, name: "volume_1/2026/az_nova_backup_1_sha256file" };
      const expected = patternBytes(size, 3);
      await putObject(sink, location, expected, 1_000_003);
      t.is(await sink.size(CONTAINER, location.name), size);
      t.is(Buffer.compare(await getObject(sink, location, MIB), expected), 0);
      const reader = await sink.open(CONTAINER, location.name, { offset: size - 7 });
      const tail = new Uint8Array(8);
      t.is(await reader.readInto(tail), 7);
      t.deepEqual(tail.subarray(0, 7), expected.subarray(size - 7));
      await reader.close();
    });
  }

  test.serial(`${name}: 400 MiB of zeros survive in 80 parts`, async (t) => {
    const sink = makeS3Sink(t, server(), await server().makeAccount(), { partSize: PART });
    await sink.createContainer(CONTAINER);
    const writer = await sink.create(CONTAINER, "zeros");
    const zeros = new Uint8Array(4 * MIB);
    for (let i = 0; i < 99; i++) await writer.write(zeros);
    await writer.write(patternBytes(4 * MIB, 7));
    await writer.close();
    t.is(await sink.size(CONTAINER, "zeros"), 400 * MIB);
    const reader = await sink.open(CONTAINER, "zeros", { offset: 396 * MIB - 100 });
    const found = new Uint8Array(100 + 4 * MIB);
    t.is(await reader.readInto(found), found.length);
    t.true(found.subarray(0, 100).every((byte) => byte === 0));
    t.is(Buffer.compare(found.subarray(100), patternBytes(4 * MIB, 7)), 0);
    await reader.close();
  });

  test.serial(
    `${name}: an upload that is aborted leaves no parts, and one of a dead writer is removed`,
    async (t) => {
      const account = await server().makeAccount();
      const sink = makeS3Sink(t, server(), account, { partSize: PART });
      await sink.createContainer(CONTAINER);
      const aborted = await sink.create(CONTAINER, "a-1");
      await aborted.write(patternBytes(2 * PART + 5, 1));
      t.is((await uploadIds(server(), account)).length, 1);
      await aborted.abort();
      t.deepEqual(await uploadIds(server(), account), []);

      for (const object of ["a-1", "a-2", "b-1"]) {
        const dead = await sink.create(CONTAINER, object);
        await dead.write(patternBytes(2 * PART + 5, 1));
      }
      await putObject(sink, { container: CONTAINER, name: "a-3" }, patternBytes(100, 1));
      await sink.removeUnfinished(CONTAINER, "a-");
      t.is((await uploadIds(server(), account)).length, 1);
      t.deepEqual(await listNames(sink, CONTAINER, ""), ["a-3"]);
    },
  );

  test.serial(`${name}: of four writers of one large name, one wins whole`, async (t) => {
    const sink = makeS3Sink(t, server(), await server().makeAccount(), { partSize: PART });
    await sink.createContainer(CONTAINER);
    const location = { container: CONTAINER, name: "a-1" };
    const contents = [1, 2, 3, 4].map((seed) => patternBytes(PART + 1000 * seed, seed));
    const puts = await Promise.allSettled(contents.map((bytes) => putObject(sink, location, bytes, MIB)));
    t.true(puts.some(({ status }) => status === "fulfilled"));
    // Swift may refuse one of several completions that arrive at the same moment.
    for (const put of puts) if (put.status === "rejected") t.like(put.reason, { status: "temporary" });
    const found = await getObject(sink, location, MIB);
    t.true(contents.some((bytes) => Buffer.compare(bytes, found) === 0));
  });
}

function refusalCases({ test, name, server, has }: S3Cases): void {
  test.serial(`${name}: a wrong secret is refused, and not said`, async (t) => {
    const account = await server().makeAccount();
    const secretAccessKey = "not-the-secret";
    const sink = makeS3Sink(t, server(), { ...account, secretAccessKey });
    const error = await t.throwsAsync(listNames(sink, CONTAINER, ""), {
      instanceOf: StorageError,
      message:
        /^Cannot list container "volumebackups": the server answered 403, SignatureDoesNotMatch.*secret key/,
    });
    t.is(error.status, "permanent");
    t.false(JSON.stringify([error.message, error.stack]).includes(secretAccessKey));
  });

  test.serial(
    `${name}: a clock that is wrong by 20 minutes is refused, and the difference said`,
    async (t) => {
      const clock = { ...nodeClock, now: () => new Date(Date.now() - 20 * 60_000) };
      const sink = makeS3Sink(t, server(), await server().makeAccount(), { clock });
      await t.throwsAsync(listNames(sink, CONTAINER, ""), {
        instanceOf: StorageError,
        message: /RequestTimeTooSkewed.*this machine's clock is (1199|120[01]) seconds behind the server's/,
      });
    },
  );

  test.serial(`${name}: bytes that change on the way are refused by the server`, async (t) => {
    const account = await server().makeAccount();
    const http = new FlippingClient();
    const sink = makeS3Sink(t, server(), account, { http });
    await sink.createContainer(CONTAINER);
    http.isFlipping = true;
    const error = await t.throwsAsync(
      putObject(sink, { container: CONTAINER, name: "a" }, patternBytes(1000, 1)),
      { instanceOf: StorageError },
    );
    t.is(error.status, "temporary");
    http.isFlipping = false;
    t.deepEqual(await listNames(sink, CONTAINER, ""), []);
    // What the store has is right, what comes is not.
    await putObject(sink, { container: CONTAINER, name: "a" }, patternBytes(1000, 1));
    http.isFlipping = true;
    await t.throwsAsync(getObject(sink, { container: CONTAINER, name: "a" }), { instanceOf: IntegrityError });
  });

  if (has.conditionalPut) {
    test.serial(`${name}: a new object does not replace another`, async (t) => {
      const sink = makeS3Sink(t, server(), await server().makeAccount(), { partSize: PART });
      await checkNewObjects(t, sink, [1000, PART + 1]);
    });
  }

  test.serial(`${name}: it is found out what the server is like, and nothing is left`, async (t) => {
    const sink = makeS3Sink(t, server(), await server().makeAccount());
    await sink.createContainer(CONTAINER);
    const traits = await sink.inspect(CONTAINER, "probe");
    t.is(traits.conditionalPut, has.conditionalPut);
    t.true(Math.abs(traits.clockAheadMs ?? Number.NaN) < 10_000);
    t.deepEqual(await listNames(sink, CONTAINER, ""), []);
  });
}

/** Of the uploads in the container that are neither completed nor aborted. */
async function uploadIds({ endpoint }: S3Server, account: S3Account): Promise<string[]> {
  const connection = new S3Connection({
    http: new NodeHttpClient(),
    clock: nodeClock,
    hashes: nodeHashes,
    credentials: async () => account,
    region: "us-east-1",
    address: { endpoint, style: "path" },
  });
  const ids: string[] = [];
  for await (const { uploadId } of listUploads(connection, { bucket: CONTAINER, prefix: "" }))
    ids.push(uploadId);
  return ids;
}

/** A connection on which one bit of each body changes. */
class FlippingClient implements HttpClient {
  readonly #inner = new NodeHttpClient();
  isFlipping = false;

  async send(request: HttpRequest) {
    if (!this.isFlipping) return await this.#inner.send(request);
    const { body } = request;
    const sent =
      body === undefined || body instanceof Uint8Array ? request : { ...request, body: flipped(body) };
    const response = await this.#inner.send(sent);
    return request.method === "GET"
      ? { ...response, body: streamOf(flipped(response.body), (error) => error) }
      : response;
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

async function* flipped(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    const changed = piece.slice();
    changed[0]! ^= 4;
    yield changed;
  }
}
