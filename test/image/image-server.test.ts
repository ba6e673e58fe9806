/** Images served by Node: what arrives at a client, and how it ends. */

import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { pathToFileURL } from "node:url";
import test, { type ExecutionContext } from "ava";
import type { ServeImagesOptions } from "../../src/cli/host.js";
import { StorageError, UsageError } from "../../src/errors.js";
import { isLoopback, startImageServer } from "../../src/node/http/image-server.js";
import { serveImages } from "../../src/node/http/serve-images.js";
import { openSink } from "../../src/node/sink-host.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { joined, noise, prose } from "../pipeline/volume-bytes.js";
import { firstDifference, identityOf, node, World } from "../pipeline/world.js";

const BLOCK_SIZE = 32_768;
const VOLUME = joined(noise(40 * BLOCK_SIZE), prose(100 * BLOCK_SIZE + 5));

interface Serving {
  readonly url: string;
  readonly image: string;
  stop(): Promise<void>;
}

async function createRepository(t: ExecutionContext): Promise<string> {
  const directory = await temporaryDirectory(t);
  const url = pathToFileURL(directory).href;
  const options = { runtime: node.runtime, blockSize: BLOCK_SIZE, chunkSize: 32 * BLOCK_SIZE };
  const world = await World.create({ ...options, codec: "zlib", sink: (await openSink(url)).sink });
  await world.backup(VOLUME);
  return url;
}

async function serve(repository: string, options: Partial<ServeImagesOptions> = {}): Promise<Serving> {
  const controller = new AbortController();
  let ended: Promise<void> | undefined;
  const url = await new Promise<string>((resolve, reject) => {
    ended = serveImages(repository, {
      ...{ host: "127.0.0.1", port: 0, token: undefined, cacheSize: undefined, digestEngine: "wasm" },
      signal: controller.signal,
      onListening: async (listening) => resolve(listening),
      onError: () => {},
      ...options,
    });
    ended.catch(reject);
  });
  return {
    url,
    image: `${url}/backups/${identityOf(1).backupId}.img`,
    async stop() {
      controller.abort();
      await ended;
    },
  };
}

/** Node's client takes any header. */
async function get(url: string, headers: Record<string, string>): Promise<IncomingMessage> {
  const [response] = (await once(request(url, { headers, agent: false }).end(), "response")) as [
    IncomingMessage,
  ];
  return response;
}

test("a client gets the bytes, and what they are", async (t) => {
  const { url, image, stop } = await serve(await createRepository(t));
  const whole = await fetch(image);
  t.is(whole.headers.get("content-length"), String(VOLUME.length));
  t.is(firstDifference(new Uint8Array(await whole.arrayBuffer()), VOLUME), -1);
  const head = await fetch(image, { method: "HEAD" });
  t.is(head.headers.get("content-length"), String(VOLUME.length));
  t.is(head.headers.get("accept-ranges"), "bytes");
  const ranges = Array.from({ length: 24 }, async (_, number) => {
    const [from, end] = [number * 150_001, number * 150_001 + 200_000];
    const response = await fetch(image, { headers: { range: `bytes=${from}-${end - 1}` } });
    return firstDifference(new Uint8Array(await response.arrayBuffer()), VOLUME.subarray(from, end));
  });
  t.deepEqual([...new Set(await Promise.all(ranges))], [-1]);
  const { backups } = (await (await fetch(`${url}/backups`)).json()) as { backups: { image: string }[] };
  t.deepEqual(
    backups.map((backup) => backup.image),
    [image],
  );
  t.regex(await (await fetch(`${url}/`)).text(), /<h1>Volume images<\/h1>/);
  t.is((await fetch(image, { method: "POST", body: "x" })).status, 405);
  await stop();
  await t.throwsAsync(fetch(image));
});

test("other names for this machine are refused without a token, and a token is asked for with one", async (t) => {
  const repository = await createRepository(t);
  const open = await serve(repository);
  const port = new URL(open.url).port;
  for (const [host, status] of [
    ["evil.example", 421],
    [`evil.example:${port}`, 421],
    [`localhost:${port}`, 200],
    ["[::1]", 200],
    ["a b", 400],
  ] as const) {
    const response = await get(`${open.url}/`, { host });
    t.is(response.statusCode, status, host);
    response.resume();
  }
  await open.stop();
  const closed = await serve(repository, { token: "0123456789abcdef" });
  t.is((await fetch(closed.image)).status, 401);
  const headers = { host: "images.example", authorization: "Bearer 0123456789abcdef" };
  const response = await get(closed.image, headers);
  t.is(response.statusCode, 200);
  response.destroy();
  await closed.stop();
});

test("an address that others reach is refused without a token, and one that is taken is an error", async (t) => {
  const repository = await createRepository(t);
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "example.org"])
    await t.throwsAsync(serve(repository, { host }), { instanceOf: UsageError, message: /give a token/ });
  const { url, stop } = await serve(repository);
  const port = Number(new URL(url).port);
  await t.throwsAsync(serve(repository, { port }), { instanceOf: StorageError, message: /EADDRINUSE/ });
  await stop();
  for (const host of ["127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST", "::1", "[::1]"])
    t.true(isLoopback(host), host);
  for (const host of ["127.0.0.1.example", "10.0.0.1", "", "localhost.example"])
    t.false(isLoopback(host), host);
});

test("a client that goes away in the middle ends the reading of its image", async (t) => {
  let pulled = 0;
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      pulled++;
      controller.enqueue(new Uint8Array(1 << 20));
    },
    cancel: () => {
      isCancelled = true;
    },
  });
  const server = await startImageServer(async () => new Response(body), {
    host: "127.0.0.1",
    port: 0,
    isLocalOnly: true,
  });
  const response = await get(server.url, {});
  await once(response, "readable");
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.true(pulled < 50, "no faster than the client takes it");
  response.destroy();
  await server.close();
  for (let turn = 0; turn < 100 && !isCancelled; turn++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  t.true(isCancelled);
});

test("a body that fails is cut, so that the client sees it", async (t) => {
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      controller.enqueue(new Uint8Array(10));
      controller.error(new Error("damaged"));
    },
  });
  const handler = async () => new Response(body, { headers: { "content-length": "20" } });
  const server = await startImageServer(handler, { host: "127.0.0.1", port: 0, isLocalOnly: true });
  await t.throwsAsync(async () => (await fetch(server.url)).arrayBuffer());
  await server.close();
});
