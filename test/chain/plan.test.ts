import test from "ava";
import fc from "fast-check";
import {
  type PlanLayer,
  planRestore,
  type RestorePlan,
  sizeOfVolume,
  type VolumeShape,
} from "../../src/chain/plan.js";
import { IntegrityError } from "../../src/errors.js";
import type { ManifestObject } from "../../src/format/manifest.js";

const BLOCK_SIZE = 10;

function object(offset: number, length: number, name = `o-${offset}`): ManifestObject {
  return { name, offset, length, contentMd5: "0".repeat(32), compression: "none" };
}

function links(...objects: readonly ManifestObject[][]): PlanLayer[] {
  return objects.map((list, index) => ({ backupId: `backup-${index}`, objects: list }));
}

function shape(blockCount: number): VolumeShape {
  return { blockSize: BLOCK_SIZE, blockCount };
}

/** A plan in short: link, offset of the object, ranges as [from, to). */
function outline(plan: RestorePlan): unknown[] {
  return plan.objects.map(({ linkIndex, object, ranges }) => [
    linkIndex,
    object.offset,
    ...ranges.map(({ offset, length }) => [offset, offset + length]),
  ]);
}

test("a full backup is read object by object", (t) => {
  const plan = planRestore(links([object(0, 30), object(30, 25)]), shape(6));
  t.is(plan.volumeSize, 55);
  t.deepEqual(outline(plan), [
    [0, 0, [0, 30]],
    [0, 30, [30, 55]],
  ]);
});

test("objects listed in any order are read in the order of the volume", (t) => {
  const plan = planRestore(links([object(30, 25), object(0, 30)]), shape(6));
  t.deepEqual(outline(plan), [
    [0, 0, [0, 30]],
    [0, 30, [30, 55]],
  ]);
});

test("a newer object inside an older one splits it", (t) => {
  const plan = planRestore(links([object(0, 60)], [object(20, 10)]), shape(6));
  t.deepEqual(outline(plan), [
    [0, 0, [0, 20], [30, 60]],
    [1, 20, [20, 30]],
  ]);
});

test("an object of which nothing shows is not planned", (t) => {
  const plan = planRestore(
    links([object(0, 30), object(30, 30)], [object(20, 20)], [object(0, 30)]),
    shape(6),
  );
  t.deepEqual(outline(plan), [
    [2, 0, [0, 30]],
    [1, 20, [30, 40]],
    [0, 30, [40, 60]],
  ]);
  const hidden = planRestore(links([object(0, 30), object(30, 30)], [object(30, 30)]), shape(6));
  t.deepEqual(outline(hidden), [
    [0, 0, [0, 30]],
    [1, 30, [30, 60]],
  ]);
});

test("what lies behind a volume that shrank is not planned", (t) => {
  const plan = planRestore(links([object(0, 30), object(30, 30)], [object(20, 5)]), shape(3));
  t.is(plan.volumeSize, 25);
  t.deepEqual(outline(plan), [
    [0, 0, [0, 20]],
    [1, 20, [20, 25]],
  ]);
});

test("the volume's size is where the newest object with the last block ends, or that block", (t) => {
  t.is(sizeOfVolume(links([object(0, 47)]), shape(5)), 47);
  t.is(sizeOfVolume(links([object(0, 47)], []), shape(5)), 47);
  t.is(sizeOfVolume(links([object(0, 47)], [object(40, 3)]), shape(5)), 43);
  t.is(sizeOfVolume(links([object(0, 47)], [object(40, 10)]), shape(5)), 50);
  t.is(sizeOfVolume(links([object(0, 47)]), shape(4)), 40);
});

const refused: readonly (readonly [string, PlanLayer[], VolumeShape, RegExp])[] = [
  ["an empty table", links([object(0, 10)]), shape(0), /the digest table is empty/],
  [
    "no link with the last block",
    links([object(0, 10)]),
    shape(3),
    /no backup of the chain has the volume's last block/,
  ],
  [
    "a gap in the middle",
    links([object(0, 10), object(20, 10)]),
    shape(3),
    /no backup of the chain has the 10 bytes.*offset 10/,
  ],
  [
    "a gap at the start",
    links([object(10, 20)]),
    shape(3),
    /no backup of the chain has the 10 bytes.*offset 0/,
  ],
  [
    "objects that overlap",
    links([object(0, 20), object(10, 20)]),
    shape(3),
    /object overlaps "o-10" .*object "o-0"/,
  ],
  ["the same range twice", links([object(0, 20, "a"), object(0, 20, "b")]), shape(2), /overlaps/],
  ["an overlap behind the end", links([object(0, 20), object(40, 20), object(50, 20)]), shape(2), /overlaps/],
  [
    "a start inside a block",
    links([object(0, 30)], [object(5, 5)]),
    shape(3),
    /not on boundaries of 10 bytes/,
  ],
  [
    "an end inside a block, with more behind",
    links([object(0, 15), object(20, 10)]),
    shape(3),
    /not on boundaries/,
  ],
  [
    "a short end over an older link's block",
    links([object(0, 60)], [object(0, 35)]),
    shape(6),
    /not on boundaries/,
  ],
  [
    "a short end inside the volume at a gap",
    links([object(0, 60)], [object(30, 25)], [object(40, 5)]),
    shape(6),
    /not on boundaries/,
  ],
];

for (const [title, chain, volume, message] of refused) {
  test(`refuses ${title}`, (t) => {
    t.throws(() => planRestore(chain, volume), { instanceOf: IntegrityError, message });
  });
}

/** Volumes as lists of block versions, backed up the way the format says, with objects joined and split at random. */
interface Point {
  readonly blockCount: number;
  /** Bytes of the last block. */
  readonly lastLength: number;
  readonly changed: readonly boolean[];
  /** Whether an object ends behind the block though the next one is stored too. */
  readonly cuts: readonly boolean[];
  /** Whether an unchanged block is stored again. */
  readonly again: readonly boolean[];
}

const BLOCKS_MAX = 24;
const flags = fc.array(fc.boolean(), { minLength: BLOCKS_MAX, maxLength: BLOCKS_MAX });
const sparseFlags = fc.array(
  fc.integer({ min: 0, max: 9 }).map((value) => value === 0),
  {
    minLength: BLOCKS_MAX,
    maxLength: BLOCKS_MAX,
  },
);
const points = fc.array(
  fc.record<Point>({
    blockCount: fc.integer({ min: 1, max: BLOCKS_MAX }),
    lastLength: fc.integer({ min: 1, max: BLOCK_SIZE }),
    changed: fc.oneof(flags, sparseFlags),
    cuts: flags,
    again: sparseFlags,
  }),
  { minLength: 1, maxLength: 6 },
);

interface Model {
  readonly links: PlanLayer[];
  /** For each byte of the newest volume, the link that it has to come from. */
  readonly owner: readonly number[];
  readonly blockCount: number;
}

function modelOf(history: readonly Point[]): Model {
  const chain: PlanLayer[] = [];
  let owner: number[] = [];
  let blockCount = BLOCKS_MAX;
  for (const [linkIndex, point] of history.entries()) {
    const isFull = linkIndex === 0;
    const before = owner.length;
    blockCount = isFull ? point.blockCount : Math.min(blockCount, point.blockCount);
    const size = (blockCount - 1) * BLOCK_SIZE + point.lastLength;
    const objects: ManifestObject[] = [];
    const next = owner.slice(0, size);
    for (let block = 0; block < blockCount; block++) {
      const from = block * BLOCK_SIZE;
      const to = Math.min(from + BLOCK_SIZE, size);
      const lengthChanged = Math.min(from + BLOCK_SIZE, before) !== to;
      if (!isFull && !point.changed[block] && !point.again[block] && !lengthChanged) continue;
      for (let at = from; at < to; at++) next[at] = linkIndex;
      const last = objects.at(-1);
      if (last !== undefined && last.offset + last.length === from && !point.cuts[block]) {
        objects[objects.length - 1] = object(last.offset, to - last.offset, last.name);
      } else {
        objects.push(object(from, to - from, `l${linkIndex}-${block}`));
      }
    }
    chain.push({ backupId: `backup-${linkIndex}`, objects });
    owner = next;
  }
  return { links: chain, owner, blockCount };
}

test("takes every byte once, from the newest link that has it, and reads no object for nothing", (t) => {
  fc.assert(
    fc.property(points, (history) => {
      const model = modelOf(history);
      const plan = planRestore(model.links, shape(model.blockCount));
      t.is(plan.volumeSize, model.owner.length);
      const owner: number[] = [];
      const read = new Set<ManifestObject>();
      for (const planned of plan.objects) {
        t.false(read.has(planned.object));
        read.add(planned.object);
        t.true(planned.ranges.length > 0);
        for (const { offset, length } of planned.ranges) {
          t.true(offset >= planned.object.offset && length > 0);
          t.true(offset + length <= planned.object.offset + planned.object.length);
          t.is(offset % BLOCK_SIZE, 0);
          for (let at = offset; at < offset + length; at++) {
            t.is(owner[at], undefined);
            owner[at] = planned.linkIndex;
          }
        }
      }
      t.deepEqual(owner, model.owner);
      const offsets = plan.objects.map((planned) => planned.object.offset);
      t.deepEqual(
        offsets,
        [...offsets].sort((a, b) => a - b),
      );
    }),
    { numRuns: 500 },
  );
});

test("whatever manifests say, a plan covers the volume exactly or is refused", (t) => {
  const anyObject = fc.record({
    offset: fc.integer({ min: 0, max: 60 }),
    length: fc.integer({ min: 1, max: 60 }),
  });
  const aligned = anyObject.map(({ offset, length }) => ({
    offset: offset - (offset % BLOCK_SIZE),
    length: length - (length % BLOCK_SIZE) + BLOCK_SIZE,
  }));
  const anyLayers = fc.array(
    fc.array(fc.oneof({ weight: 9, arbitrary: aligned }, { weight: 1, arbitrary: anyObject }), {
      maxLength: 3,
    }),
    { minLength: 1, maxLength: 4 },
  );
  let accepted = 0;
  fc.assert(
    fc.property(anyLayers, fc.integer({ min: 1, max: 8 }), (lists, blockCount) => {
      const chain = links(
        ...lists.map((list) => list.map(({ offset, length }, i) => object(offset, length, `o-${i}`))),
      );
      let plan: RestorePlan;
      try {
        plan = planRestore(chain, shape(blockCount));
      } catch (error) {
        t.true(error instanceof IntegrityError);
        return;
      }
      accepted++;
      const ranges = plan.objects.flatMap((planned) => planned.ranges).sort((a, b) => a.offset - b.offset);
      let at = 0;
      for (const { offset, length } of ranges) {
        t.is(offset, at);
        t.is(offset % BLOCK_SIZE, 0);
        at += length;
      }
      t.is(at, plan.volumeSize);
      t.is(Math.ceil(at / BLOCK_SIZE), blockCount);
    }),
    { numRuns: 3000 },
  );
  t.true(accepted > 50, `${accepted} accepted`);
});
