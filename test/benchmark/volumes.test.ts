/** The volumes that a benchmark makes up, and their changes. */
import { deflateSync } from "node:zlib";
import test from "ava";
import { ChangedVolume } from "../../src/benchmark/changed-volume.js";
import { writeSyntheticVolume } from "../../src/benchmark/synthetic-volume.js";
import { MemorySource, MemoryTarget } from "../../src/sources/memory.js";
import { firstDifference } from "../../src/testing/check.js";
import { KIB, MIB } from "../../src/units.js";

const SIZE = 16 * MIB + 12_345;
const { signal } = new AbortController();

async function made(shares: { zeroShare: number; textShare: number }): Promise<Uint8Array> {
  const target = new MemoryTarget({ size: SIZE });
  await writeSyntheticVolume(target, { size: SIZE, seed: 1, ...shares }, signal);
  return target.bytes;
}

/** Compressed size as a share of the plain one. */
const shareOf = (bytes: Uint8Array): number => deflateSync(bytes, { level: 6 }).length / bytes.length;

test("a volume has the shares that were asked for, and is the same every time", async (t) => {
  const volume = await made({ zeroShare: 0.3, textShare: 0.5 });
  t.is(firstDifference(await made({ zeroShare: 0.3, textShare: 0.5 }), volume), -1);
  let zeros = 0;
  for (let at = 0; at < SIZE; at += 64 * KIB)
    if (volume.subarray(at, at + 64 * KIB).every((byte) => byte === 0)) zeros++;
  const share = zeros / Math.ceil(SIZE / (64 * KIB));
  t.true(share > 0.2 && share < 0.4, `${share}`);
  const text = shareOf(await made({ zeroShare: 0, textShare: 1 }));
  t.true(text > 0.15 && text < 0.6, `text compresses to ${text}`);
  t.true(shareOf(await made({ zeroShare: 0, textShare: 0 })) > 0.99, "the rest does not");
  t.true((await made({ zeroShare: 1, textShare: 1 })).every((byte) => byte === 0));
});

test("a changed volume differs in its share of the blocks, whatever parts are read", async (t) => {
  const base = new Uint8Array(SIZE).fill(5);
  const volume = new ChangedVolume(new MemorySource(base), 0.25);
  const whole = new Uint8Array(SIZE);
  await volume.readInto(whole, 0);
  const parts = new Uint8Array(SIZE);
  for (let at = 0; at < SIZE; at += 96 * KIB) await volume.readInto(parts.subarray(at, at + 96 * KIB), at);
  t.is(firstDifference(parts, whole), -1);
  let changed = 0;
  const blocks = Math.ceil(SIZE / (4 * KIB));
  for (let block = 0; block < blocks; block++) {
    if (whole.subarray(block * 4 * KIB, (block + 1) * 4 * KIB).some((byte) => byte !== 5)) changed++;
  }
  t.true(changed / blocks > 0.1 && changed / blocks < 0.4, `${changed} of ${blocks}`);
  const same = new Uint8Array(SIZE);
  await new ChangedVolume(new MemorySource(base), 0).readInto(same, 0);
  t.is(firstDifference(same, base), -1);
});
