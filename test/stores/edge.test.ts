/**
 * The edge example next to a real S3 server, on workerd, Deno and Bun: it verifies backups that are larger than its
 * memory may be, and serves their images to real clients.
 */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { nodeRuntime } from "../../src/node/runtime.js";
import type { ObjectSink } from "../../src/sinks/sink.js";
import { Random } from "../fuzz/random.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { tool } from "../interop/image-tools.js";
import { joined, noise, patched, prose } from "../pipeline/volume-bytes.js";
import { CONTAINER, firstDifference, identityOf, readObject, World, writeObject } from "../pipeline/world.js";
import { EDGE_RUNTIMES, type EdgeRuntime, type EdgeServer, startEdge } from "./edge-servers.js";
import { startRadosgw } from "./radosgw-server.js";
import { makeS3Sink } from "./s3-sinks.js";
import { useServer } from "./swift-server.js";

const radosgw = useServer(test, startRadosgw);

const MIB = 2 ** 20;
/** What Cloudflare and others give a worker, its code included. */
const MEMORY_MAX = 128 * MIB;
const BLOCK_SIZE = 32_768;
const TOKEN = "0123456789abcdef";
const AUTHORIZED = { headers: { authorization: `Bearer ${TOKEN}` } };

interface Site {
  readonly sink: ObjectSink;
  /** What the volume had at each point. */
  readonly points: readonly Uint8Array[];
  start(runtime: EdgeRuntime): Promise<EdgeServer>;
}

/** A bucket with a chain: a full backup by zlib of twice the memory that there is, and an incremental by zstd. */
async function createSite(t: ExecutionContext, size: number): Promise<Site> {
  const account = await radosgw.server.makeAccount();
  const { endpoint } = radosgw.server;
  const sink = makeS3Sink(t, radosgw.server, account, { bucket: CONTAINER });
  const runtime = await nodeRuntime("wasm");
  const chunkSize = 50 * MIB;
  const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize, codec: "zlib", sink });
  const half = Math.floor(size / 2);
  const first = joined(noise(half), prose(size - half));
  const second = patched(first, 3 * MIB + 5, prose(7 * MIB, 3));
  await world.backup(first);
  world.options.codec = "zstd";
  await world.backup(second, { incremental: true });
  await runtime.close?.();
  const settings = {
    S3_ENDPOINT: endpoint,
    S3_BUCKET: CONTAINER,
    S3_ACCESS_KEY_ID: account.accessKeyId,
    S3_SECRET_ACCESS_KEY: account.secretAccessKey,
    TOKEN,
  };
  return {
    sink,
    points: [first, second],
    async start(name) {
      const directory = await mkdtemp(join(tmpdir(), `ashlar-${name}-`));
      const server = await startEdge(name, settings, directory);
      t.teardown(async () => {
        await server.stop();
        await rm(directory, { recursive: true, force: true });
      });
      return server;
    },
  };
}

function verify({ url }: EdgeServer, id: string): Promise<Response> {
  return fetch(`${url}/verify/${id}`, { ...AUTHORIZED, method: "POST" });
}

test.serial("workerd verifies a chain of twice its memory, and stays within it", async (t) => {
  const { start, points } = await createSite(t, 2 * MEMORY_MAX);
  const server = await start("workerd");
  const before = await server.residentPeak();
  for (const number of [1, 2]) {
    const response = await verify(server, identityOf(number).backupId);
    const outcome = (await response.json()) as Record<string, unknown>;
    t.like(outcome, { verified: true, volume_size: points[0]!.length }, JSON.stringify(outcome));
    t.true((outcome.memory_peak as number) <= (outcome.memory_accounted as number));
  }
  const peak = await server.residentPeak();
  t.log(`resident: ${Math.round(before / MIB)} MiB at its start, ${Math.round(peak / MIB)} MiB at most`);
  t.true(peak - before < MEMORY_MAX, `${Math.round((peak - before) / MIB)} MiB more than at its start`);
});

for (const runtime of EDGE_RUNTIMES) {
  test.serial(`${runtime} verifies, finds damage, and serves images to real clients`, async (t) => {
    const { start, sink, points } = await createSite(t, 12 * MIB + 4096);
    const server = await start(runtime);
    t.is((await fetch(`${server.url}/backups`)).status, 401);
    t.is((await fetch(`${server.url}/verify/${identityOf(1).backupId}`, { method: "POST" })).status, 401);
    const listed = (await (await fetch(`${server.url}/backups`, AUTHORIZED)).json()) as {
      backups: { id: string }[];
    };
    t.deepEqual(
      listed.backups.map(({ id }) => id),
      [1, 2].map((number) => identityOf(number).backupId),
    );
    for (const [index, volume] of points.entries())
      await isServed(t, server, identityOf(index + 1).backupId, volume);

    t.like(await (await verify(server, identityOf(2).backupId)).json(), { verified: true });
    const name = "volume_2-00001";
    const good = await readObject(sink, name);
    await writeObject(sink, name, patched(good, 100, Uint8Array.of(good[100]! ^ 1)));
    const damaged = (await (await verify(server, identityOf(2).backupId)).json()) as Record<string, unknown>;
    t.is(damaged.verified, false);
    t.regex(damaged.error as string, /volume_2-00001/);
    t.like(await (await verify(server, identityOf(1).backupId)).json(), { verified: true });
    t.is((await verify(server, identityOf(7).backupId)).status, 404);
    t.is((await fetch(`${server.url}/verify/${identityOf(1).backupId}`, AUTHORIZED)).status, 405);
  });
}

async function isServed(
  t: ExecutionContext,
  server: EdgeServer,
  id: string,
  volume: Uint8Array,
): Promise<void> {
  const url = `${server.url}/backups/${id}.img`;
  const head = await fetch(url, { ...AUTHORIZED, method: "HEAD" });
  t.is(head.headers.get("content-length"), String(volume.length));
  t.is(head.headers.get("accept-ranges"), "bytes");
  const random = new Random(5);
  const reads = Array.from({ length: 4 }, async () => {
    const from = random.below(volume.length);
    const end = Math.min(volume.length, from + 1 + random.below(MIB));
    const found = await tool("curl", "-sf", "-u", `any:${TOKEN}`, "-r", `${from}-${end - 1}`, url);
    return firstDifference(found, volume.subarray(from, end));
  });
  t.deepEqual([...new Set(await Promise.all(reads))], [-1]);
  const directory = await temporaryDirectory(t);
  const copy = join(directory, "copy");
  const nbdcopy = `nbdcopy --connections=1 --requests=2 --request-size=4194304 "$uri" '${copy}'`;
  await tool("nbdkit", "-r", "-U", "-", "curl", url, "user=any", `password=${TOKEN}`, "--run", nbdcopy);
  t.is(firstDifference(await readFile(copy), volume), -1);
}
