/** MD5s that wait for each other: all come, and no more of them wait than can be gathered beside the first. */
import { createHash } from "node:crypto";
import test from "ava";
import fc from "fast-check";
import { wholeMd5s } from "../../../src/kernels/whole-md5s.js";
import { nodeHashes } from "../../../src/node/digests/hashes.js";
import { GatheredMd5s } from "../../../src/pipeline/stages/gathered-md5s.js";
import { noise } from "../volume-bytes.js";

const md5Of = (content: Uint8Array): string => createHash("md5").update(content).digest("hex");

function countingCompute(widths: number[]): { md5sOf(contents: readonly Uint8Array[]): Promise<string[]> } {
  return {
    async md5sOf(contents) {
      widths.push(contents.length);
      return await wholeMd5s(contents, nodeHashes);
    },
  };
}

test("up to four contents of any lengths have the MD5s that node:crypto gives them", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 70_000 }), { minLength: 1, maxLength: 4 }),
      async (lengths) => {
        const contents = lengths.map((length, index) => noise(length, index + 1));
        const md5s = await wholeMd5s(contents, nodeHashes);
        return md5s.join() === contents.map(md5Of).join();
      },
    ),
    { numRuns: 60 },
  );
  t.pass();
});

test("four go together, and what is left goes when it is told to", async (t) => {
  const widths: number[] = [];
  const md5s = new GatheredMd5s(countingCompute(widths), 4);
  const contents = [1, 2, 3, 4, 5, 6].map((seed) => noise(seed * 1000, seed));
  const asked = contents.map((content) => md5s.of(content, false));
  t.deepEqual(widths, [4]);
  md5s.flush();
  t.deepEqual(widths, [4, 2]);
  t.deepEqual(await Promise.all(asked), contents.map(md5Of));
  md5s.flush();
  t.deepEqual(widths, [4, 2]);
});

test("zeros are computed once for each length, and at once", async (t) => {
  const widths: number[] = [];
  const md5s = new GatheredMd5s(countingCompute(widths), 4);
  const asked = [500, 500, 700, 500].map((length) => md5s.of(new Uint8Array(length), true));
  t.deepEqual(widths, [1, 1]);
  t.deepEqual(
    await Promise.all(asked),
    [500, 500, 700, 500].map((length) => md5Of(new Uint8Array(length))),
  );
});

test("with as many asked for as lanes, the first has come, zeros among them or not", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 4, maxLength: 40 }), async (areZero) => {
      const md5s = new GatheredMd5s(countingCompute([]), 4);
      // What is gathered beside the first before that is awaited, as a backup does.
      const asked: Promise<string>[] = [];
      for (const isZero of areZero) {
        asked.push(md5s.of(isZero ? new Uint8Array(64) : noise(64), isZero));
        if (asked.length === 4) await asked.shift();
      }
    }),
    { numRuns: 100 },
  );
  t.pass();
});

test("a failure is that of all who wait for it, and of no others", async (t) => {
  let isBroken = true;
  const md5s = new GatheredMd5s(
    {
      async md5sOf(contents) {
        if (isBroken) throw new Error("no thread");
        return contents.map(md5Of);
      },
    },
    2,
  );
  const failing = [noise(1), noise(2)].map((content) => md5s.of(content, false));
  for (const md5 of failing) await t.throwsAsync(md5, { message: "no thread" });
  isBroken = false;
  t.is(
    await Promise.all([md5s.of(noise(3), false), md5s.of(noise(4), false)]).then((all) => all[1]),
    md5Of(noise(4)),
  );
});
