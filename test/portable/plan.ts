/** The restore plan: the newest link that has a block gives it, and every byte is given once. */
import { planRestore, type RestorePlan } from "../../src/chain/plan.js";
import { IntegrityError } from "../../src/errors.js";
import type { ManifestObject } from "../../src/format/manifest.js";
import { Random } from "../fuzz/random.js";
import type { PortableTest } from "./assertions.js";

const BLOCK_SIZE = 10;

function object(offset: number, length: number): ManifestObject {
  return { name: `o-${offset}`, offset, length, contentMd5: "0".repeat(32), compression: "none" };
}

function plan(links: readonly (readonly ManifestObject[])[], blockCount: number): RestorePlan {
  return planRestore(
    links.map((objects, index) => ({ backupId: `backup-${index}`, objects: [...objects] })),
    { blockSize: BLOCK_SIZE, blockCount },
  );
}

/** Which link gives each block; -1 where none does, -2 where two do. */
function givers({ objects }: RestorePlan, blockCount: number): number[] {
  const found = new Array<number>(blockCount).fill(-1);
  for (const { linkIndex, ranges } of objects) {
    for (const { offset, length } of ranges) {
      for (let block = offset / BLOCK_SIZE; block < (offset + length) / BLOCK_SIZE; block++)
        found[block] = found[block] === -1 ? linkIndex : -2;
    }
  }
  return found;
}

export function planTests(test: PortableTest): void {
  test("plan: a newer object inside an older one splits it, and what is covered is not read", (t) => {
    t.deepEqual(givers(plan([[object(0, 60)], [object(20, 10)]], 6), 6), [0, 0, 1, 0, 0, 0]);
    t.is(plan([[object(0, 30)], [object(0, 30)]], 3).objects.length, 1);
  });

  test("plan: chains of any make give every block once, from the newest link that has it", (t) => {
    const random = new Random(5);
    for (let round = 0; round < 100; round++) {
      const blockCount = 1 + random.below(40);
      const expected = new Array<number>(blockCount).fill(0);
      const links = [[object(0, blockCount * BLOCK_SIZE)]];
      for (let link = 1; link <= random.below(6); link++) {
        const objects: ManifestObject[] = [];
        for (let block = random.below(5); block < blockCount; block += 1 + random.below(6)) {
          const length = Math.min(1 + random.below(4), blockCount - block);
          objects.push(object(block * BLOCK_SIZE, length * BLOCK_SIZE));
          expected.fill(links.length, block, block + length);
          block += length;
        }
        links.push(objects);
      }
      t.deepEqual(givers(plan(links, blockCount), blockCount), expected, `round ${round}`);
    }
  });

  test("plan: a full backup with a hole is refused", async (t) => {
    await t.throwsAsync(async () => plan([[object(0, 20), object(30, 30)]], 6), {
      instanceOf: IntegrityError,
    });
  });
}
