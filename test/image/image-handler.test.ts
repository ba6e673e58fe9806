/** Images over HTTP, as RFC 9110 has it. */
import test from "ava";
import { openRepository } from "../../src/chain/repository.js";
import { StorageError } from "../../src/errors.js";
import { manifestName } from "../../src/format/names.js";
import { type ImageHandler, type ImageHandlerOptions, imageHandler } from "../../src/image/image-handler.js";
import { ImageMemory } from "../../src/image/image-memory.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import { joined, noise, patched, prose } from "../pipeline/volume-bytes.js";
import {
  CONTAINER,
  firstDifference,
  identityOf,
  portable,
  readObject,
  World,
  writeObject,
} from "../pipeline/world.js";

const { runtime } = portable;
const BLOCK_SIZE = 512;
const first = joined(noise(9 * BLOCK_SIZE), prose(20 * BLOCK_SIZE + 100));
const second = patched(first, 3 * BLOCK_SIZE, prose(2 * BLOCK_SIZE, 4));
const [FULL, CHILD] = [identityOf(1).backupId, identityOf(2).backupId];
const ORIGIN = "http://images.test";

interface Site {
  readonly world: World;
  readonly sink: MemorySink;
  readonly memory: ImageMemory;
  readonly handler: ImageHandler;
  readonly errors: unknown[];
  get(path: string, headers?: Record<string, string>, method?: string): Promise<Response>;
}

async function createSite(options: Partial<ImageHandlerOptions> = {}): Promise<Site> {
  const sink = new MemorySink();
  const world = await World.create({
    runtime,
    blockSize: BLOCK_SIZE,
    chunkSize: 8 * BLOCK_SIZE,
    codec: "zlib",
    sink,
  });
  await world.backup(first);
  await world.backup(second, { incremental: true });
  const memory = await ImageMemory.create({
    runtime,
    windowSize: 4 * BLOCK_SIZE,
    cacheSize: 64 * BLOCK_SIZE,
  });
  const errors: unknown[] = [];
  const handler = imageHandler(await openRepository(sink), {
    memory,
    onError: (error) => errors.push(error),
    ...options,
  });
  const get: Site["get"] = (path, headers = {}, method = "GET") =>
    handler(new Request(ORIGIN + path, { method, headers }));
  return { world, sink, memory, handler, errors, get };
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

const path = (id: string): string => `/backups/${id}.img`;

test("every backup is there as a whole", async (t) => {
  const { get } = await createSite();
  for (const [id, bytes] of [
    [FULL, first],
    [CHILD, second],
  ] as const) {
    const response = await get(path(id));
    t.is(response.status, 200);
    t.is(response.headers.get("content-length"), String(bytes.length));
    t.is(response.headers.get("accept-ranges"), "bytes");
    t.is(response.headers.get("content-type"), "application/octet-stream");
    t.is(response.headers.get("last-modified"), "Fri, 02 Jan 2026 03:04:05 GMT");
    t.is(firstDifference(await bytesOf(response), bytes), -1);
  }
});

test("a range is what was asked for", async (t) => {
  const { get } = await createSite();
  const size = second.length;
  for (const [range, from, end] of [
    ["0-0", 0, 1],
    ["1000-2999", 1000, 3000],
    ["14000-", 14_000, size],
    ["-7", size - 7, size],
    ["100-99999999", 100, size],
  ] as const) {
    const response = await get(path(CHILD), { range: `bytes=${range}` });
    t.is(response.status, 206);
    t.is(response.headers.get("content-range"), `bytes ${from}-${end - 1}/${size}`);
    t.is(response.headers.get("content-length"), String(end - from));
    t.is(firstDifference(await bytesOf(response), second.subarray(from, end)), -1);
  }
});

test("a range that is not there is 416, and what is no range gives the whole", async (t) => {
  const { get } = await createSite();
  const none = await get(path(FULL), { range: "bytes=99999999-" });
  t.is(none.status, 416);
  t.is(none.headers.get("content-range"), `bytes */${first.length}`);
  t.is((await bytesOf(none)).length, 0);
  for (const range of ["bytes=2-1", "furlongs=1-2", "bytes=x"])
    t.is((await get(path(FULL), { range })).status, 200);
});

test("several ranges come as parts", async (t) => {
  const { get } = await createSite();
  const response = await get(path(FULL), { range: "bytes=600-699,0-9" });
  t.is(response.status, 206);
  t.is(response.headers.get("content-range"), null);
  const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(response.headers.get("content-type")!)![1]!;
  const body = Buffer.from(await bytesOf(response));
  t.is(response.headers.get("content-length"), String(body.length));
  const part = (from: number, end: number) => {
    const head = `--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${from}-${end - 1}/${first.length}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), first.subarray(from, end)]);
  };
  const expected = [part(600, 700), Buffer.from("\r\n"), part(0, 10), Buffer.from(`\r\n--${boundary}--\r\n`)];
  t.is(firstDifference(body, Buffer.concat(expected)), -1);
});

test("HEAD says what GET would, of the whole, and has no body", async (t) => {
  const { get } = await createSite();
  const response = await get(path(FULL), { range: "bytes=0-9" }, "HEAD");
  t.is(response.status, 200);
  t.is(response.headers.get("content-length"), String(first.length));
  t.is(response.headers.get("accept-ranges"), "bytes");
  t.is(response.body, null);
});

test("preconditions", async (t) => {
  const { get } = await createSite();
  const etag = (await get(path(FULL), {}, "HEAD")).headers.get("etag")!;
  const [date, before, after] = [
    "Fri, 02 Jan 2026 03:04:05 GMT",
    "Fri, 02 Jan 2026 03:04:04 GMT",
    "Fri, 02 Jan 2026 03:04:06 GMT",
  ];
  t.regex(etag, /^"[0-9a-f]{64}"$/);
  t.not(etag, (await get(path(CHILD), {}, "HEAD")).headers.get("etag")!);
  const range = "bytes=0-9";
  const cases: readonly (readonly [Record<string, string>, number])[] = [
    [{ "if-none-match": etag }, 304],
    [{ "if-none-match": `"x", W/${etag}` }, 304],
    [{ "if-none-match": "*" }, 304],
    [{ "if-none-match": '"x"' }, 200],
    [{ "if-none-match": '"x"', "if-modified-since": date }, 200],
    [{ "if-modified-since": date }, 304],
    [{ "if-modified-since": before }, 200],
    [{ "if-modified-since": "someday" }, 200],
    [{ "if-match": etag }, 200],
    [{ "if-match": "*" }, 200],
    [{ "if-match": `W/${etag}` }, 412],
    [{ "if-match": '"x"' }, 412],
    [{ "if-unmodified-since": before }, 412],
    [{ "if-unmodified-since": after }, 200],
    [{ "if-match": etag, "if-unmodified-since": before }, 200],
    [{ range, "if-range": etag }, 206],
    [{ range, "if-range": `W/${etag}` }, 200],
    [{ range, "if-range": '"x"' }, 200],
    [{ range, "if-range": date }, 206],
    [{ range, "if-range": after }, 200],
    [{ range, "if-match": '"x"' }, 412],
    [{ range: "bytes=99999999-", "if-range": '"x"' }, 200],
  ];
  for (const [headers, status] of cases) {
    const response = await get(path(FULL), headers);
    t.is(response.status, status, JSON.stringify(headers));
    t.is(response.headers.get("etag"), etag);
    if (status === 304 || status === 412) t.is((await bytesOf(response)).length, 0);
    else await response.body?.cancel();
  }
});

test("the backups as JSON, and as a page that escapes what others have written", async (t) => {
  const { get, sink, handler } = await createSite({ basePath: "/volumes" });
  const image = await handler(new Request(`${ORIGIN}/volumes${path(CHILD)}`));
  t.is(firstDifference(await bytesOf(image), second), -1);
  const name = manifestName("volume_1");
  const manifest = Buffer.from(await readObject(sink, name)).toString();
  await writeObject(sink, name, Buffer.from(manifest.replace('"nightly"', '"<b>&\\"x"')));
  const { backups } = (await (await get("/volumes/backups")).json()) as {
    backups: Record<string, unknown>[];
  };
  t.like(backups[0], {
    id: FULL,
    name: '<b>&"x',
    volume_size: first.length,
    is_incremental: false,
    parent_id: null,
  });
  t.like(backups[1], {
    id: CHILD,
    parent_id: FULL,
    is_incremental: true,
    image: `${ORIGIN}/volumes/backups/${CHILD}.img`,
  });
  const page = await get("/volumes/");
  t.is(page.headers.get("content-type"), "text/html; charset=utf-8");
  t.regex(page.headers.get("content-security-policy")!, /default-src 'none'/);
  const html = await page.text();
  t.true(html.includes("&lt;b&gt;&amp;&quot;x"));
  t.false(html.includes("<b>"));
  t.true(html.includes(`href="${ORIGIN}/volumes/backups/${CHILD}.img"`));
  t.is((await get("/backups")).status, 404);
  t.is((await get("/volumes/backups", {}, "HEAD")).body, null);
});

test("other methods, other paths, and backups that are not there", async (t) => {
  const { get, errors } = await createSite();
  for (const method of ["POST", "PUT", "DELETE"]) {
    const response = await get(path(FULL), {}, method);
    t.is(response.status, 405);
    t.is(response.headers.get("allow"), "GET, HEAD");
  }
  for (const wrong of [
    "/x",
    "/backups/",
    "/backups/.img",
    "/backups/../x",
    path("nothing"),
    "/backups/a/b.img",
  ])
    t.is((await get(wrong)).status, 404, wrong);
  t.is((await get("/backups/%E0%A4%A.img")).status, 400);
  t.deepEqual(errors, []);
});

test("nothing is told to who does not know the token", async (t) => {
  const { get } = await createSite({ token: "geheim:ü" });
  const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
  const wrong = [
    undefined,
    "",
    "Bearer x",
    "Bearer",
    "Bearer geheim",
    basic("geheim:ü"),
    basic("user:geheim"),
    basic("nocolon"),
    "Basic %%%",
    "Digest geheim:ü",
  ];
  for (const authorization of wrong) {
    for (const target of ["/", "/backups", path(FULL), "/x"]) {
      const response = await get(target, authorization === undefined ? {} : { authorization });
      t.is(response.status, 401, authorization);
      t.regex(response.headers.get("www-authenticate")!, /^Basic realm=/);
    }
  }
  t.is((await get(path(FULL), { authorization: basic("anyone:geheim:ü") }, "HEAD")).status, 200);
  const { get: getPlain } = await createSite({ token: "abc-123" });
  t.is((await getPlain(path(FULL), { authorization: "bearer abc-123" }, "HEAD")).status, 200);
  const { get: getEmpty } = await createSite({ token: "" });
  t.is(
    (await getEmpty(path(FULL), { authorization: basic("a:") }, "HEAD")).status,
    401,
    "nothing is no token",
  );
});

test("damage is an error where the answer has not begun, and ends the body where it has", async (t) => {
  const { get, sink, world, errors } = await createSite();
  const { name } = (await world.openChain(0)).plan.objects[1]!.object;
  const good = await readObject(sink, name);
  await writeObject(sink, name, good.subarray(0, good.length - 9));
  const at = 12 * BLOCK_SIZE;
  const response = await get(path(FULL), { range: `bytes=${at}-` });
  t.is(response.status, 500);
  t.regex(await response.text(), /Cannot decode object.*volume_1-00002/);
  const begun = await get(path(FULL));
  t.is(begun.status, 200);
  await t.throwsAsync(begun.arrayBuffer(), { message: /Cannot decode object/ });
  t.is(errors.length, 2);
  await writeObject(sink, name, good);
  t.is(firstDifference(await bytesOf(await get(path(FULL))), first), -1, "it is read again");
  await sink.remove(CONTAINER, manifestName("volume_1"));
  t.is((await get(path(FULL))).status, 200, "an image that is open stays");
});

test("a store that does not answer for now is 503", async (t) => {
  const { get, sink } = await createSite();
  const open = sink.open.bind(sink);
  sink.open = () =>
    Promise.reject(new StorageError("Cannot read: no answer", { call: "read", status: "temporary" }));
  for (const target of ["/backups", path(FULL)]) {
    const response = await get(target);
    t.is(response.status, 503);
    t.is(response.headers.get("retry-after"), "5");
  }
  sink.open = open;
  t.is((await get(path(FULL), {}, "HEAD")).status, 200);
});

test("a backup that was deleted is not found any more", async (t) => {
  const { get, sink, world } = await createSite();
  t.is((await get(path(CHILD), {}, "HEAD")).status, 200);
  for (const object of await world.names())
    if (object.startsWith("volume_2")) await sink.remove(CONTAINER, object);
  const range = { range: `bytes=${3 * BLOCK_SIZE}-${3 * BLOCK_SIZE}` };
  t.is((await get(path(CHILD), range)).status, 500, "its objects are gone");
  t.is((await get(path(CHILD), range)).status, 404);
});

test("a client that goes away ends the reading", async (t) => {
  const { handler, memory } = await createSite();
  const controller = new AbortController();
  const response = await handler(new Request(ORIGIN + path(FULL), { signal: controller.signal }));
  const reader = response.body!.getReader();
  await reader.read();
  const { decodedSize } = memory.work;
  controller.abort();
  const rest = async () => {
    for (let next = await reader.read(); !next.done; ) next = await reader.read();
  };
  await t.throwsAsync(rest(), { any: true, name: "AbortError" });
  t.true(memory.work.decodedSize - decodedSize <= 8 * BLOCK_SIZE);
  const cancelled = await handler(new Request(ORIGIN + path(CHILD)));
  await cancelled.body!.cancel();
  await memory.close();
  t.pass();
});

test("nobody reads ahead of who does not take what comes", async (t) => {
  const { get, memory } = await createSite();
  const response = await get(path(FULL));
  await new Promise((resolve) => setTimeout(resolve, 30));
  t.true(memory.work.decodedSize <= 4 * 4 * BLOCK_SIZE, `${memory.work.decodedSize}`);
  await response.body!.cancel();
});

test("a memory for each request is closed at its end, however that comes", async (t) => {
  const memories: ImageMemory[] = [];
  let closedCount = 0;
  const { get, handler, sink } = await createSite({
    async memory() {
      const memory = await ImageMemory.create({
        runtime,
        windowSize: 4 * BLOCK_SIZE,
        cacheSize: 64 * BLOCK_SIZE,
      });
      const close = memory.close.bind(memory);
      memory.close = async () => {
        closedCount++;
        await close();
      };
      memories.push(memory);
      return memory;
    },
  });
  const ends = async (opened: number) => {
    t.is(memories.length, opened);
    for (let turn = 0; turn < 100 && closedCount < opened; turn++)
      await new Promise((resolve) => setTimeout(resolve, 5));
    t.is(closedCount, opened);
  };
  t.is(firstDifference(await bytesOf(await get(path(FULL))), first), -1);
  await ends(1);
  await get(path(FULL), {}, "HEAD");
  await ends(2);
  await (await get(path(CHILD), { range: "bytes=99999999-" })).arrayBuffer();
  await ends(3);
  t.is((await get(path("nothing"))).status, 404);
  await ends(4);
  await (await handler(new Request(ORIGIN + path(CHILD)))).body!.cancel();
  await ends(5);
  await get("/backups");
  await ends(5);
  await sink.removeContainer(CONTAINER);
  for await (const { name } of sink.list(CONTAINER, "volume_1-")) await sink.remove(CONTAINER, name);
  t.is((await get(path(FULL))).status, 500);
  await ends(6);
});
