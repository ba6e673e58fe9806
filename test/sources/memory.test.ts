import test from "ava";
import { StorageError, UsageError } from "../../src/errors.js";
import { MemorySource, MemoryTarget } from "../../src/sources/memory.js";
import { patternBytes } from "../../src/testing/objects.js";

test("a source reads what it was given", async (t) => {
  const source = new MemorySource(patternBytes(1000, 1));
  const buffer = new Uint8Array(300);
  await source.readInto(buffer, 700);
  t.is(source.size, 1000);
  t.deepEqual(buffer, patternBytes(1000, 1).subarray(700));
  await source.close();
});

test("nothing is read or written outside a volume", async (t) => {
  const source = new MemorySource(new Uint8Array(1000));
  const target = new MemoryTarget({ size: 1000 });
  for (const [length, offset] of [
    [1, 1000],
    [1001, 0],
    [2, 999],
    [1, -1],
  ] as const) {
    const bytes = new Uint8Array(length).fill(1);
    const refusal = { instanceOf: StorageError, message: /the volume has 1000 bytes$/ };
    await t.throwsAsync(source.readInto(bytes, offset), refusal);
    await t.throwsAsync(target.write(bytes, offset), refusal);
  }
  t.true(target.bytes.every((byte) => byte === 0));
});

test("a target made by size is zeroed, and holds what is written", async (t) => {
  const target = new MemoryTarget({ size: 1000 });
  const bytes = patternBytes(100, 2);
  await target.write(bytes, 500);
  bytes.fill(0);
  t.true(target.isZeroed);
  t.is(target.size, 1000);
  t.deepEqual(target.bytes.subarray(500, 600), patternBytes(100, 2));
  await target.sync();
  await target.close();
});

test("a target made of bytes writes in place, and is not taken for zeroed", async (t) => {
  const bytes = patternBytes(10, 3);
  const target = new MemoryTarget({ bytes });
  await target.write(new Uint8Array(5), 5);
  t.false(target.isZeroed);
  t.true(new MemoryTarget({ bytes, isZeroed: true }).isZeroed);
  t.deepEqual(bytes.subarray(5), new Uint8Array(5));
});

test("a target is made by size or of bytes", (t) => {
  t.throws(() => new MemoryTarget({}), { instanceOf: UsageError });
  t.throws(() => new MemoryTarget({ size: 1, bytes: new Uint8Array(1) }), { instanceOf: UsageError });
});
