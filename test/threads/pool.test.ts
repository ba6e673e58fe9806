import { createHash } from "node:crypto";
import test, { type ExecutionContext } from "ava";
import { InvalidStateError, StorageError, UsageError } from "../../src/errors.js";
import { patternBytes } from "../../src/testing/objects.js";
import { ThreadPool } from "../../src/threads/pool.js";
import { pooledCompute } from "../../src/threads/pooled-compute.js";
import { commonTraits } from "../../src/threads/task-table.js";
import type { ThreadPort } from "../../src/threads/thread-port.js";
import { webThread } from "../../src/threads/web-thread.js";
import { workerRuntime } from "../../src/threads/worker-runtime.js";
import { ChannelWorker } from "./channel-worker.js";

const BLOCK_SIZE = 4096;

interface Scene {
  readonly workers: ThreadPool;
  /** Those that were started, in their order. */
  readonly started: ChannelWorker[];
}

function makePool(t: ExecutionContext, { count = 2, serve = true } = {}): Scene {
  const started: ChannelWorker[] = [];
  const startThread = (): ThreadPort => {
    started.push(new ChannelWorker({ serve }));
    return webThread(started.at(-1)!.worker);
  };
  const workers = new ThreadPool({ count, traits: commonTraits, startThread });
  t.teardown(() => workers.close());
  return { workers, started };
}

function sharedBytes(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

function digestsOf(window: Uint8Array): string {
  const blocks = Array.from({ length: Math.ceil(window.length / BLOCK_SIZE) }, (_, i) =>
    window.subarray(i * BLOCK_SIZE, (i + 1) * BLOCK_SIZE),
  );
  return blocks.map((block) => createHash("sha256").update(block).digest("hex")).join("");
}

for (const isShared of [true, false]) {
  const how = isShared ? "shared" : "copied";
  test(`digests of ${how} windows come to the caller's bytes`, async (t) => {
    const { workers, started } = makePool(t);
    const plain = patternBytes(10 * BLOCK_SIZE - 7, 3);
    plain.fill(0, 0, 2 * BLOCK_SIZE);
    const window = isShared ? sharedBytes(plain) : plain.slice();
    const digests = isShared ? sharedBytes(new Uint8Array(320)) : new Uint8Array(320);
    t.is(await workers.run("digest", { window, blockSize: BLOCK_SIZE, digests }), 2);
    t.is(Buffer.from(digests).toString("hex"), digestsOf(plain));
    t.deepEqual(Buffer.from(window), Buffer.from(plain), "the window is the caller's still");
    t.deepEqual(started[0]!.movedLengths, isShared ? [] : [window.length, 320]);
  });

  test(`an MD5 of ${how} pieces stays with one worker, in the order of its pieces`, async (t) => {
    const { workers } = makePool(t);
    const thread = workers.threadFor("md5-update");
    const pieces = [1, 2, 3].map((seed) => patternBytes(50_000, seed));
    const updates = pieces.map((piece) =>
      thread.run("md5-update", { stream: 1, bytes: isShared ? sharedBytes(piece) : piece }),
    );
    await Promise.all([...updates, thread.run("md5-zeros", { stream: 1, length: 70_000 })]);
    const expected = createHash("md5");
    for (const piece of [...pieces, new Uint8Array(70_000)]) expected.update(piece);
    t.is(await thread.run("md5-end", { stream: 1 }), expected.digest("hex"));
  });

  test(`MD5s of whole ${how} contents come in their order, side by side or not`, async (t) => {
    const { workers } = makePool(t);
    const allocate = (size: number) => (isShared ? new SharedArrayBuffer(size) : new ArrayBuffer(size));
    const compute = await pooledCompute(workers, { arenaSize: 0, allocate });
    const contents = [70_000, 0, 1, 64].map((length, seed) => patternBytes(length, seed));
    for (let count = 1; count <= contents.length; count++) {
      const asked = contents.slice(0, count);
      const found = await compute.md5sOf(asked.map((content) => (isShared ? sharedBytes(content) : content)));
      t.deepEqual(
        found,
        asked.map((content) => createHash("md5").update(content).digest("hex")),
      );
    }
    compute.close();
  });
}

test("copies that came back are used for other bytes, and mix up none", async (t) => {
  const { workers } = makePool(t, { count: 1 });
  const thread = workers.threadFor("md5-update");
  const expected = createHash("md5");
  for (let length = 1; length <= 20; length++)
    for (let seed = 0; seed < 3; seed++) {
      const bytes = patternBytes(length, seed);
      expected.update(bytes);
      await thread.run("md5-update", { stream: 1, bytes });
    }
  t.is(await thread.run("md5-end", { stream: 1 }), expected.digest("hex"));
});

test("threads start when there is work for them, and the last one when the others are busy", async (t) => {
  const { workers, started } = makePool(t, { count: 2 });
  t.is(started.length, 0);
  await workers.ready();
  t.is(started.length, 1);
  workers.start();
  t.is(started.length, 2);
  for (let stream = 0; stream < 12; stream++)
    workers.run("md5-update", { stream, bytes: new Uint8Array(1) }).catch(() => {});
  t.is(started.length, 3);
});

test("decoders are spread over all workers but the first, which is for what is short", async (t) => {
  const { workers, started } = makePool(t, { count: 2, serve: false });
  workers.start();
  for (let stream = 0; stream < 6; stream++)
    workers
      .threadFor("decode-open")
      .run("decode-open", { stream, codec: "zlib", plainMax: undefined })
      .catch(() => {});
  t.deepEqual(
    started.map(({ sent }) => sent.length),
    [0, 3, 3],
  );
  workers.run("md5-update", { stream: 9, bytes: new Uint8Array(1) }).catch(() => {});
  t.is(started[0]!.sent.length, 1);
});

test("what a task throws is told, and its worker goes on", async (t) => {
  const { workers } = makePool(t);
  await t.throwsAsync(workers.run("decode-fill", { stream: 5, window: new Uint8Array(8) }), {
    message: "the decoder was closed",
  });
  await t.throwsAsync(
    workers.run("digest", { window: new Uint8Array(8), blockSize: 0, digests: new Uint8Array(32) }),
  );
  t.is(
    await workers.run("digest", { window: new Uint8Array(8), blockSize: 8, digests: new Uint8Array(32) }),
    1,
  );
});

test("a worker that dies fails its tasks, for now, and another takes its place", async (t) => {
  const { workers, started } = makePool(t, { count: 1, serve: false });
  const waiting = workers.run("digest", {
    window: new Uint8Array(8),
    blockSize: 8,
    digests: new Uint8Array(32),
  });
  started[0]!.die("out of memory");
  const error = await t.throwsAsync(waiting, {
    instanceOf: StorageError,
    message: 'Cannot complete task "digest": the thread ended: out of memory',
  });
  t.is((error as StorageError).status, "temporary");
  t.true(started[0]!.isTerminated);
  workers.run("md5-update", { stream: 1, bytes: new Uint8Array(1) }).catch(() => {});
  t.is(started.length, 2);
});

test("closed workers take no task, and those under way end", async (t) => {
  const { workers, started } = makePool(t, { serve: false });
  const thread = workers.threadFor("md5-update");
  const waiting = thread.run("md5-update", { stream: 1, bytes: new Uint8Array(1) });
  await workers.close();
  const refusal = { instanceOf: InvalidStateError, message: /the threads were closed$/ };
  await t.throwsAsync(waiting, refusal);
  await t.throwsAsync(thread.run("md5-update", { stream: 1, bytes: new Uint8Array(1) }), refusal);
  await t.throwsAsync(workers.run("md5-update", { stream: 1, bytes: new Uint8Array(1) }), refusal);
  t.true(started.every(({ isTerminated }) => isTerminated));
});

test("an odd number of threads is refused", (t) => {
  const startThread = (): ThreadPort => webThread(new ChannelWorker().worker);
  for (const count of [0, -1, 1.5])
    t.throws(() => new ThreadPool({ count, traits: commonTraits, startThread }), { instanceOf: UsageError });
});

test("a runtime whose workers cannot be started says so, and leaves none", async (t) => {
  const started: ChannelWorker[] = [];
  const createWorker = (): Worker => {
    const made = new ChannelWorker({ serve: false });
    started.push(made);
    queueMicrotask(() => made.die(""));
    return made.worker;
  };
  await t.throwsAsync(workerRuntime({ createWorker }), {
    instanceOf: StorageError,
    message: "Cannot start a thread: the thread ended: its script cannot be loaded",
  });
  t.true(started.every(({ isTerminated }) => isTerminated));
});

test("without Web Workers the runtime works inline, and has nothing to close", async (t) => {
  t.is(typeof globalThis.Worker, "undefined", "Node has none of them");
  const runtime = await workerRuntime();
  t.is(runtime.close, undefined);
  const compute = await runtime.compute({ arenaSize: 1024, workSize: 1 });
  t.is(compute.concurrency, 1);
});
