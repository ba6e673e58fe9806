/** The arithmetic of ranges, against a model that counts bytes one by one. */
import test from "ava";
import { RANGES_MAX, type WantedBytes, wantedBytes } from "../../src/image/byte-ranges.js";
import { Random } from "../fuzz/random.js";

const TIB = 2 ** 40;

test("single ranges", (t) => {
  const cases: readonly (readonly [string | null, number, WantedBytes])[] = [
    [null, 10, "whole"],
    ["bytes=0-0", 10, [{ offset: 0, length: 1 }]],
    ["bytes=0-9", 10, [{ offset: 0, length: 10 }]],
    ["bytes=0-10", 10, [{ offset: 0, length: 10 }]],
    ["bytes=3-", 10, [{ offset: 3, length: 7 }]],
    ["bytes=-3", 10, [{ offset: 7, length: 3 }]],
    ["bytes=-30", 10, [{ offset: 0, length: 10 }]],
    ["BYTES=9-9", 10, [{ offset: 9, length: 1 }]],
    ["bytes=10-", 10, "none"],
    ["bytes=10-20", 10, "none"],
    ["bytes=-0", 10, "none"],
    [`bytes=${TIB - 512}-`, TIB, [{ offset: TIB - 512, length: 512 }]],
    [`bytes=4294967295-4294967296`, TIB, [{ offset: 4_294_967_295, length: 2 }]],
    [`bytes=0-${"9".repeat(400)}`, 10, [{ offset: 0, length: 10 }]],
    [`bytes=${"9".repeat(400)}-`, 10, "none"],
    [`bytes=-${"9".repeat(400)}`, 10, [{ offset: 0, length: 10 }]],
  ];
  for (const [header, size, wanted] of cases)
    t.deepEqual(wantedBytes(header, size), wanted, header ?? "none");
});

test("what is no range is ignored, as RFC 9110 wants", (t) => {
  const wrong = [
    "",
    "bytes",
    "bytes=",
    "bytes= ,",
    "bytes=a-b",
    "bytes=1",
    "bytes=-",
    "bytes=2-1",
    "bytes=1-2-3",
    "bytes=0x1-2",
    "bytes=1 -2",
    "bytes=+1-2",
    "lines=1-2",
    "bytes=0-1;2-3",
    "bytes=1-2,x",
    `bytes=${"9".repeat(30)}1-${"9".repeat(30)}0`,
  ];
  for (const header of wrong) t.is(wantedBytes(header, 10), "whole", header);
});

test("several ranges: in their order, overlapping ones joined, those that are not there left out", (t) => {
  t.deepEqual(wantedBytes("bytes=8-9, 0-1", 10), [
    { offset: 8, length: 2 },
    { offset: 0, length: 2 },
  ]);
  t.deepEqual(wantedBytes("bytes=0-1,\t4-5,,3-8 ,50-", 10), [
    { offset: 0, length: 2 },
    { offset: 3, length: 6 },
  ]);
  t.deepEqual(wantedBytes("bytes=0-1,8-9,1-8", 10), [{ offset: 0, length: 10 }]);
  t.is(wantedBytes("bytes=50-,60-70", 10), "none");
  const many = Array.from({ length: RANGES_MAX + 1 }, (_, index) => `${2 * index}-${2 * index}`);
  t.is(wantedBytes(`bytes=${many.join()}`, 100), "none");
  t.is(wantedBytes(`bytes=${many.slice(1).join()}`, 100).length, RANGES_MAX);
});

/** The bytes that the specs ask for; `undefined` where one of them is no range. */
function modelOf(specs: readonly string[], size: number): Set<number> | undefined {
  const wanted = new Set<number>();
  for (const spec of specs) {
    const [from = "", to = ""] = spec.split("-");
    if (from === "" && to === "") return undefined;
    if (from !== "" && to !== "" && Number(to) < Number(from)) return undefined;
    for (let at = 0; at < size; at++) {
      const isIn =
        from === "" ? at >= size - Number(to) : at >= Number(from) && (to === "" || at <= Number(to));
      if (isIn) wanted.add(at);
    }
  }
  return wanted;
}

test("any set of ranges gives exactly the bytes that it names, each once", (t) => {
  const random = new Random(3);
  const number = () => (random.below(5) === 0 ? "" : String(random.below(40)));
  for (let round = 0; round < 3000; round++) {
    const size = 1 + random.below(32);
    const specs = Array.from({ length: 1 + random.below(6) }, () => `${number()}-${number()}`);
    const found = wantedBytes(`bytes=${specs.join(", ")}`, size);
    const model = modelOf(specs, size);
    if (model === undefined || model.size === 0) {
      t.is(found, model === undefined ? "whole" : "none", specs.join());
      continue;
    }
    if (typeof found === "string") return t.fail(`${found} for ${specs.join()} of ${size}`);
    const bytes = found.flatMap(({ offset, length }) => Array.from({ length }, (_, index) => offset + index));
    t.deepEqual(
      [...bytes].sort((a, b) => a - b),
      [...model].sort((a, b) => a - b),
      `${specs.join()} of ${size}`,
    );
  }
});

test("no header, whatever is in it, gives bytes that are not there", (t) => {
  const random = new Random(4);
  const letters = "bytes=-,0123456789 \t;x";
  for (let round = 0; round < 5000; round++) {
    const tail = Array.from({ length: random.below(24) }, () => letters[random.below(letters.length)]).join(
      "",
    );
    const found = wantedBytes(random.below(2) === 0 ? `bytes=${tail}` : tail, 50);
    if (typeof found === "string") continue;
    t.true(found.length > 0);
    for (const { offset, length } of found) t.true(offset >= 0 && length > 0 && offset + length <= 50, tail);
  }
});
