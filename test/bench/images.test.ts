import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { change, PIECE_SIZE, placesOf } from "../../bench/image/changes.js";
import { SeededBytes } from "../../bench/image/seeded-bytes.js";
import { makeZeroFraction } from "../../bench/image/zero-fraction.js";
import { GIB, KIB, MIB } from "../../src/units.js";

let scratch = "";
test.before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "ashlar-test-images-"));
});
test.after.always(() => rm(scratch, { recursive: true, force: true }));

test("one percent of a gibibyte is 164 places, apart from each other and not on blocks", (t) => {
  const places = placesOf(GIB, { seed: 42, percent: 1 });
  t.is(places.length, 164);
  t.true(places.every((offset) => offset % (4 * KIB) === 0 && offset + PIECE_SIZE <= GIB));
  t.true(places.every((offset, index) => index === 0 || offset - places[index - 1]! >= PIECE_SIZE));
  t.true(places.some((offset) => offset % (32 * KIB) !== 0));
});

for (const percent of [0, 10, 50, 100]) {
  test(`${percent} % can be had without overlaps`, (t) => {
    const places = placesOf(16 * MIB, { seed: 1, percent });
    t.is(places.length, Math.round((16 * MIB * percent) / 100 / PIECE_SIZE));
    t.true(places.every((offset, index) => index === 0 || offset - places[index - 1]! >= PIECE_SIZE));
    t.true(places.every((offset) => offset + PIECE_SIZE <= 16 * MIB));
  });
}

test("the same seed makes the same changes, another one others", async (t) => {
  const made = async (name: string, seed: number) => {
    const path = join(scratch, name);
    await writeFile(path, new Uint8Array(4 * MIB));
    t.is(await change(path, { seed, percent: 10 }), 6);
    return await readFile(path);
  };
  const [a, b, c] = [await made("a", 1), await made("b", 1), await made("c", 2)];
  t.true(a.equals(b));
  t.false(a.equals(c));
  const changed = a.filter((byte) => byte !== 0).length;
  t.true(changed > 5.9 * PIECE_SIZE && changed <= 6 * PIECE_SIZE, "random bytes are zero now and then");
});

test("a volume has as many zeros as asked, in whole blocks", async (t) => {
  const path = join(scratch, "zeros");
  const size = 25 * MIB;
  const zeroBlock = Buffer.alloc(32 * KIB);
  for (const zeroPercent of [0, 90, 100]) {
    await makeZeroFraction(path, { size, zeroPercent });
    const volume = await readFile(path);
    t.is(volume.length, size);
    let zeroBlocks = 0;
    for (let at = 0; at < size; at += 32 * KIB)
      if (zeroBlock.equals(volume.subarray(at, at + 32 * KIB))) zeroBlocks++;
    t.is((zeroBlocks * 32 * KIB * 100) / size, zeroPercent);
  }
});

test("random numbers are whole, below their limit, and an order loses nothing", (t) => {
  const random = new SeededBytes(3);
  const values = Array.from({ length: 1000 }, () => random.below(10));
  t.deepEqual(
    [...new Set(values)].sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  const items = Array.from({ length: 50 }, (_, index) => index);
  const shuffled = new SeededBytes(4).shuffled(items);
  t.notDeepEqual(shuffled, items);
  t.deepEqual(
    [...shuffled].sort((a, b) => a - b),
    items,
  );
  t.deepEqual(new SeededBytes(4).shuffled(items), shuffled);
});
