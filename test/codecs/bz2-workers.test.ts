/** The pool of worker threads that bz2 compresses on. */
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import test from "ava";
import { InvalidStateError, UsageError } from "../../src/errors.js";
import { NodeWorkers, nodeWorkers } from "../../src/node/workers.js";
import { compress, decompress, randomBytes, text } from "../kernels/bzip2-samples.js";

const TASK = "bzip2-compress";
const inputOf = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

test("results are those of this thread, whatever order they come in", async (t) => {
  const workers = new NodeWorkers({ count: 3 });
  const plains = Array.from({ length: 12 }, (_, index) => text(1000 + ((index * 7919) % 60_000), index + 1));
  const outputs = await Promise.all(plains.map((plain) => workers.run(TASK, inputOf(plain), { level: 4 })));
  for (const [index, plain] of plains.entries())
    t.deepEqual(Buffer.from(outputs[index]!), compress(plain, 4));
  await workers.close();
});

test("there are as many workers as cores, and one pool for the process", (t) => {
  t.is(nodeWorkers(), nodeWorkers());
  t.is(nodeWorkers().count, availableParallelism());
  for (const count of [0, -1, 1.5, Number.NaN]) {
    t.throws(() => new NodeWorkers({ count }), { instanceOf: UsageError, message: /Cannot make a pool of/ });
  }
});

test("the input is moved, not copied, and an input that cannot be moved is refused", async (t) => {
  const workers = new NodeWorkers({ count: 1 });
  const input = inputOf(text(5000, 1));
  const running = workers.run(TASK, input);
  await running;
  t.is(input.length, 0);
  await t.throwsAsync(workers.run(TASK, input));
  t.deepEqual(decompress(await workers.run(TASK, inputOf(text(100, 1)))), text(100, 1));
  await workers.close();
});

test("an unknown task is refused by its name", async (t) => {
  const workers = new NodeWorkers({ count: 1 });
  await t.throwsAsync(workers.run("bake", new Uint8Array(1)), {
    instanceOf: UsageError,
    message: 'Cannot run task "bake": want one of bzip2-compress',
  });
  await workers.close();
});

test("tasks that run or wait when the pool is closed reject", async (t) => {
  const workers = new NodeWorkers({ count: 1 });
  const outcomes = Array.from({ length: 3 }, () => workers.run(TASK, inputOf(randomBytes(8_000_000, 1))));
  const rejections = Promise.all(
    outcomes.map((outcome) => t.throwsAsync(outcome, { instanceOf: InvalidStateError })),
  );
  // Two turns of the loop: the tasks are with the pool, and the first is with its thread.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await workers.close();
  await rejections;
  await t.throwsAsync(workers.run(TASK, new Uint8Array(1)), {
    instanceOf: InvalidStateError,
    message: `Cannot run task "${TASK}": the workers were closed`,
  });
  await workers.close();
});

const script = (body: string): string => `
  import { NodeWorkers } from ${JSON.stringify(new URL("../../src/node/workers.js", import.meta.url).href)};
  const workers = new NodeWorkers({ count: 2 });
  const run = (size) => workers.run("bzip2-compress", new Uint8Array(size));
  ${body}
`;

function runProcess(body: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", script(body)],
    {
      encoding: "utf8",
      timeout: 60_000,
    },
  );
  return { status, output: stdout + stderr };
}

test("idle workers do not keep a process alive, and one at work does", (t) => {
  t.deepEqual(runProcess("const out = await run(1000); console.log(out.length > 0);"), {
    status: 0,
    output: "true\n",
  });
  t.deepEqual(runProcess("run(5_000_000).then(() => console.log('done'));"), { status: 0, output: "done\n" });
});

test("a worker that dies fails its own task, and another takes its place", async (t) => {
  const { status, output } = runProcess(`
    import { Worker } from "node:worker_threads";
    const post = Worker.prototype.postMessage;
    let victim;
    Worker.prototype.postMessage = function (...given) { victim ??= this; return post.apply(this, given); };
    const doomed = run(40_000_000).catch((error) => error);
    const beside = run(1000);
    while (victim === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    await victim.terminate();
    const error = await doomed;
    console.log(error.name, error.status, error.message);
    console.log((await beside).length > 0, (await Promise.all([run(10), run(20), run(30)])).length);
  `);
  t.is(status, 0);
  // 0 when it had not even begun to run.
  t.regex(
    output.replaceAll("\n", "|"),
    /^StorageError temporary Cannot complete task "bzip2-compress": its worker ended with code [01]\|true 3\|$/,
  );
});
