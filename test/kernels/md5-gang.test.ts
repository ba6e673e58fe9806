import { createHash } from "node:crypto";
import test from "ava";
import { nodePool } from "../../src/node/threads/pool.js";
import { Md5Gang } from "../../src/threads/md5-gang.js";
import type { TaskRunner } from "../../src/threads/task-table.js";
import { noise } from "../pipeline/volume-bytes.js";

const pool = nodePool({ count: 1 });
test.after.always(() => pool.close());

/** Bytes that threads share. */
function shared(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(length));
  bytes.set(noise(length, seed));
  return bytes;
}

/** The pool's thread, and how many streams each task had. */
function watchedLane(): { thread: TaskRunner; widths: number[] } {
  const widths: number[] = [];
  const thread = pool.threadFor("lanes-update");
  const run: TaskRunner["run"] = (task, input) => {
    if ("streams" in input) widths.push(input.streams.length);
    return thread.run(task, input);
  };
  return { thread: { run }, widths };
}

test("streams that come together go together, and each has its own MD5", async (t) => {
  const { thread, widths } = watchedLane();
  const gang = new Md5Gang(thread);
  const hexes = await Promise.all(
    [1, 2, 3, 4, 5, 6].map(async (seed) => {
      const md5 = gang.start();
      const hash = createHash("md5");
      if (seed % 2 === 0) {
        md5.updateZeros(2_500_000);
        hash.update(new Uint8Array(2_500_000));
      }
      const pieces = Array.from({ length: seed }, (_, index) =>
        shared(100_000 * seed + index, 10 * seed + index),
      );
      for (const piece of pieces) {
        hash.update(piece);
        // Only some are waited for, as by a run that has more buffers.
        const read = md5.update(piece);
        if (seed > 3) await read;
      }
      return [await md5.hex(), hash.digest("hex")];
    }),
  );
  for (const [found, expected] of hexes) t.is(found, expected);
  t.is(Math.max(...widths), 4);
});

test("a stream of nothing, and one alone", async (t) => {
  const gang = new Md5Gang(pool.threadFor("lanes-update"));
  t.is(await gang.start().hex(), createHash("md5").digest("hex"));
  const bytes = shared(70_001, 3);
  const md5 = gang.start();
  await md5.update(bytes);
  t.is(await md5.hex(), createHash("md5").update(bytes).digest("hex"));
});

test("a thread that fails shows in what waits for it, and in the MD5", async (t) => {
  const failure = new Error("the thread has died");
  const gang = new Md5Gang({ run: () => Promise.reject(failure) });
  const [one, other] = [gang.start(), gang.start()];
  const updates = [one.update(shared(10, 1)), other.update(shared(10, 2)), one.update(shared(10, 3))];
  for (const update of updates) t.is(await t.throwsAsync(update), failure);
  t.is(await t.throwsAsync(one.hex()), failure);
  other.updateZeros(5);
  t.is(await t.throwsAsync(other.hex()), failure);
});

test("the streams of a run that has failed are dropped, and nothing more is sent", async (t) => {
  const tasks: string[] = [];
  let letGo = (): void => {};
  const run = async (task: string): Promise<never> => {
    tasks.push(task);
    if (task === "lanes-update") await new Promise<void>((resolve) => (letGo = resolve));
    return undefined as never;
  };
  const gang = new Md5Gang({ run });
  const md5 = gang.start();
  const first = md5.update(shared(10, 1));
  void md5.update(shared(10, 2));
  await new Promise((resolve) => setImmediate(resolve));
  gang.close();
  letGo();
  await first;
  await new Promise((resolve) => setImmediate(resolve));
  t.deepEqual(tasks, ["lanes-update", "lanes-drop"]);
});
