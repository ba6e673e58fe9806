import test from "ava";
import { UsageError } from "../../../src/errors.js";
import { changedRanges, isUnchanged } from "../../../src/sources/hints/changed-ranges.js";
import { parseHints } from "../../../src/sources/hints/parse.js";

test("lists of each tool", (t) => {
  t.deepEqual(parseHints("# what changed\r\n0 512\n\n0x1000\t0x200 # twice\n").ranges, [
    { offset: 0, length: 512 },
    { offset: 4096, length: 512 },
  ]);
  const rbd =
    '[{"offset":0,"length":4194304,"exists":"true"},{"offset":8388608,"length":100,"exists":"false"}]';
  t.deepEqual(parseHints(rbd), {
    ranges: [
      { offset: 0, length: 4_194_304 },
      { offset: 8_388_608, length: 100 },
    ],
    coveredSize: undefined,
  });
  const bitmap = `[
{ "offset": 0, "length": 65536, "type": 0, "description": "clean"},
{ "offset": 65536, "length": 131072, "type": 1, "description": "dirty"},
{ "offset": 196608, "length": 4096, "type": 0, "description": "clean"}
]`;
  t.deepEqual(parseHints(bitmap), { ranges: [{ offset: 65_536, length: 131_072 }], coveredSize: 200_704 });
  const overlay = `[{ "start": 0, "length": 65536, "depth": 1, "present": true, "zero": false, "data": true, "offset": 327680},
{ "start": 65536, "length": 65536, "depth": 0, "present": true, "zero": false, "data": true, "offset": 327680},
{ "start": 131072, "length": 65536, "depth": 0, "present": false, "zero": true, "data": false}]`;
  t.deepEqual(parseHints(overlay), { ranges: [{ offset: 65_536, length: 65_536 }], coveredSize: 196_608 });
  const thin = `<superblock uuid="" time="1" transaction="2" data_block_size="128" nr_data_blocks="0">
  <diff left="1" right="2">
    <same begin="0" length="4"/>
    <different begin="4" length="2"/>
    <left_only begin="6" length="1"/>
    <right_only begin="8" length="3"/>
  </diff>
</superblock>`;
  t.deepEqual(parseHints(thin), {
    ranges: [
      { offset: 262_144, length: 131_072 },
      { offset: 393_216, length: 65_536 },
      { offset: 524_288, length: 196_608 },
    ],
    unit: 65_536,
  });
  t.deepEqual(parseHints("[]").ranges, []);
  t.deepEqual(parseHints("").ranges, []);
});

test("what is no list is refused, with the entry and what is wanted", (t) => {
  for (const [text, message] of [
    ["0", /line 1 of the hints, "0": want OFFSET LENGTH/],
    ["0 1\n2 3 4", /line 2/],
    ["-1 5", /line 1/],
    ["0 1.5", /line 1/],
    ["0 99999999999999999999", /line 1/],
    ["[1]", /entry 0 of the hints, 1: want an object/],
    ["{}", /no list of ranges/],
    ["[{", /no valid JSON/],
    ['[{"offset":0,"length":1}]', /entry 0 .* want an entry of rbd diff, nbdinfo --map or qemu-img map/],
    [
      '[{"offset":0,"length":9,"type":3,"description":"hole,zero"}]',
      /want an entry of nbdinfo --map=qemu:dirty-bitmap/,
    ],
    ['[{"offset":4,"length":9,"type":0,"description":"clean"}]', /want an entry that begins at 0/],
    ['[{"offset":0,"length":"9","exists":"true"}]', /want an entry of rbd diff/],
    ["<html>", /Cannot use <html> of the hints/],
    ['<superblock data_block_size="128"><different begin="x" length="1"/>', /<different begin="x"/],
    ['<different begin="1" length="1"/>', /before <superblock>/],
    ["<diff>text</diff>", /"text/],
  ] as const)
    t.throws(() => parseHints(text), { instanceOf: UsageError, message }, text);
});

test("ranges are ordered and joined, and what is outside of them is unchanged but for the last block", (t) => {
  const ranges = changedRanges([
    { offset: 100, length: 50 },
    { offset: 0, length: 0 },
    { offset: 10, length: 20 },
    { offset: 120, length: 10 },
    { offset: 150, length: 1 },
  ]);
  t.deepEqual(ranges, [
    { offset: 10, length: 20 },
    { offset: 100, length: 51 },
  ]);
  const isClaimed = (offset: number, length: number) => isUnchanged(ranges, offset, length, 200);
  t.true(isClaimed(0, 10));
  t.false(isClaimed(0, 11));
  t.false(isClaimed(29, 5));
  t.true(isClaimed(30, 70));
  t.false(isClaimed(150, 1));
  t.true(isClaimed(151, 48));
  t.false(isClaimed(151, 49));
});
