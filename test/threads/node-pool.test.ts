/** The pool of worker threads that digests, MD5s and those codecs run on that Node has no threads for. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import test from "ava";
import { zstdCodec } from "../../src/codecs/zstd/codec.js";
import { InvalidStateError, UsageError } from "../../src/errors.js";
import { Deflater } from "../../src/kernels/deflate.js";
import { nodePool } from "../../src/node/threads/pool.js";
import { decode } from "../codecs/zstd/peers.js";
import { compress, decompress, randomBytes, text } from "../kernels/bzip2-samples.js";

const TASK = "bz2-encode";

function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

test("results are those of this thread, whatever order they come in", async (t) => {
  const workers = nodePool({ count: 3 });
  const plains = Array.from({ length: 12 }, (_, index) => text(1000 + ((index * 7919) % 60_000), index + 1));
  const outputs = await Promise.all(plains.map((plain) => workers.run(TASK, { plain, level: 4 })));
  for (const [index, plain] of plains.entries())
    t.deepEqual(Buffer.from(outputs[index] as Uint8Array), compress(plain, 4));
  await workers.close();
});

test("pieces of zlib are deflated as on this thread, in shared memory and not", async (t) => {
  const workers = nodePool({ count: 2 });
  const deflater = await Deflater.load();
  const dictionary = text(40_000, 1).slice(-32_768);
  for (const piece of [text(70_000, 1), shared(text(70_000, 2)), new Uint8Array(0)]) {
    const found = await workers.run("zlib-encode", { piece, dictionary, level: 6 });
    t.deepEqual(found, deflater.deflate(piece, 6, dictionary));
  }
  await workers.close();
});

test("there are as many threads for long tasks as cores", (t) => {
  t.is(nodePool().count, availableParallelism());
  for (const count of [0, -1, 1.5, Number.NaN]) {
    t.throws(() => nodePool({ count }), { instanceOf: UsageError, message: /Cannot make a pool of/ });
  }
});

test("shared memory is read and written in place, other bytes are copied and stay the caller's", async (t) => {
  const workers = nodePool({ count: 1, digestEngine: "native" });
  const window = text(65_536, 1);
  const digests = shared(new Uint8Array(2 * 32));
  for (const given of [window, shared(window), window.subarray(0)]) {
    digests.fill(0);
    t.is(await workers.run("digest", { window: given, blockSize: 32_768, digests }), 0);
    t.deepEqual(given.length, 65_536);
    const wanted = [0, 1].map((index) =>
      createHash("sha256")
        .update(window.subarray(index * 32_768, (index + 1) * 32_768))
        .digest(),
    );
    t.deepEqual(Buffer.from(digests), Buffer.concat(wanted));
  }
  const plain = text(5000, 1);
  t.deepEqual(decompress((await workers.run(TASK, { plain, level: 9 })) as Uint8Array<ArrayBuffer>), plain);
  t.is(plain.length, 5000);
  await workers.close();
});

test("zstd's frames come from a thread whole, however small they are and wherever they lay there", async (t) => {
  const workers = nodePool({ count: 1 });
  const plains = Array.from({ length: 1500 }, (_, index) => randomBytes(1 + ((index * 53) % 300), index + 1));
  const frames = await Promise.all(plains.map((plain) => workers.run("zstd-encode", { plain, level: 3 })));
  await workers.close();
  for (const [index, plain] of plains.entries())
    t.deepEqual(Buffer.from(await decode(zstdCodec(), frames[index]!)), Buffer.from(plain));
});

test("an MD5 stays on its thread, between those of others", async (t) => {
  const workers = nodePool({ count: 2, digestEngine: "native" });
  const plains = Array.from({ length: 7 }, (_, index) => text(10_000, index + 1));
  const found = await Promise.all(
    plains.map(async (plain, stream) => {
      const thread = workers.threadFor("md5-update");
      for (let at = 0; at < plain.length; at += 999)
        await thread.run("md5-update", { stream, bytes: plain.slice(at, at + 999) });
      return await thread.run("md5-end", { stream });
    }),
  );
  t.deepEqual(
    found,
    plains.map((plain) => createHash("md5").update(plain).digest("hex")),
  );
  await workers.close();
});

test("a digest does not wait behind tasks that take long", async (t) => {
  const workers = nodePool({ count: 1, digestEngine: "native" });
  const order: string[] = [];
  const window = text(65_536, 1);
  const digest = () =>
    workers.run("digest", { window, blockSize: 32_768, digests: shared(new Uint8Array(64)) });
  // Until its thread has started.
  await digest();
  const long = Array.from({ length: 2 }, () =>
    workers.run(TASK, { plain: randomBytes(3_000_000, 1), level: 9 }).then(() => order.push("long")),
  );
  await digest();
  order.push("digest");
  await Promise.all(long);
  t.deepEqual(order, ["digest", "long", "long"]);
  await workers.close();
});

test("what a task throws, its caller is told", async (t) => {
  const workers = nodePool({ count: 1 });
  await t.throwsAsync(workers.run("decode-fill", { stream: 1, window: shared(new Uint8Array(1)) }), {
    message: "the decoder was closed",
  });
  await workers.close();
});

test("tasks that run or wait when the pool is closed reject", async (t) => {
  const workers = nodePool({ count: 1 });
  const plain = randomBytes(8_000_000, 1);
  const outcomes = Array.from({ length: 3 }, () => workers.run(TASK, { plain, level: 9 }));
  const rejections = Promise.all(
    outcomes.map((outcome) => t.throwsAsync(outcome, { instanceOf: InvalidStateError })),
  );
  // Two turns of the loop: the tasks are with the thread.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await workers.close();
  await rejections;
  await t.throwsAsync(workers.run(TASK, { plain, level: 9 }), {
    instanceOf: InvalidStateError,
    message: `Cannot run task "${TASK}": the threads were closed`,
  });
  await workers.close();
});

const script = (body: string): string => `
  import { nodePool } from ${JSON.stringify(new URL("../../src/node/threads/pool.js", import.meta.url).href)};
  const workers = nodePool({ count: 2 });
  const run = (size) => workers.run("bz2-encode", { plain: new Uint8Array(size), level: 9 });
  ${body}
`;

function runProcess(body: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", script(body)],
    { encoding: "utf8", timeout: 60_000 },
  );
  return { status, output: stdout + stderr };
}

test("idle workers do not keep a process alive, and one at work does", (t) => {
  t.deepEqual(runProcess("workers.start(); const out = await run(1000); console.log(out.length > 0);"), {
    status: 0,
    output: "true\n",
  });
  t.deepEqual(runProcess("run(5_000_000).then(() => console.log('done'));"), { status: 0, output: "done\n" });
});

test("a worker that dies fails its own tasks, and another takes its place", async (t) => {
  const { status, output } = runProcess(`
    import { Worker } from "node:worker_threads";
    const post = Worker.prototype.postMessage;
    let victim;
    Worker.prototype.postMessage = function (...given) { victim ??= this; return post.apply(this, given); };
    const doomed = run(40_000_000).catch((error) => error);
    const beside = run(1000);
    await victim.terminate();
    const error = await doomed;
    console.log(error.name, error.status, error.message);
    console.log((await beside).length > 0, (await Promise.all([run(10), run(20), run(30)])).length);
  `);
  t.is(status, 0);
  // 0 when it had not even begun to run.
  t.regex(
    output.replaceAll("\n", "|"),
    /^StorageError temporary Cannot complete task "bz2-encode": the thread ended: exit code [01]\|true 3\|$/,
  );
});
