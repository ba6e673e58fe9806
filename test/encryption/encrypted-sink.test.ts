import test from "ava";
import { EncryptedSink } from "../../src/encryption/encrypted-sink.js";
import { plainSizeOf, sealedSizeOf } from "../../src/encryption/layout.js";
import { IntegrityError } from "../../src/errors.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import { firstDifference } from "../../src/testing/check.js";
import { getObject, patternBytes, putObject } from "../../src/testing/objects.js";
import { fixedRing } from "../portable/encryption.js";
import { sinkContract } from "../sinks/contract.js";

const MIB = 1024 * 1024;
const CONTAINER = "box";

sinkContract(test, "encrypted", async () => new EncryptedSink(new MemorySink(), await fixedRing()), {
  manyCount: 101,
  listsUnfinished: false,
});
test("every size, read from every offset, of objects and of manifests", async (t) => {
  const stored = new MemorySink();
  const sink = new EncryptedSink(stored, await fixedRing());
  await sink.createContainer(CONTAINER);
  const sizes = [0, 1, 2, 3, 4, MIB - 1, MIB, MIB + 1, 2 * MIB + 12_345];
  for (const name of ["volume_1-00001", "volume_1_metadata"]) {
    for (const size of sizes) {
      const bytes = patternBytes(size, size);
      await putObject(sink, { container: CONTAINER, name }, bytes);
      t.is(await sink.size(CONTAINER, name), size, name);
      for (const offset of new Set(
        [0, 1, size >> 1, size - 1, MIB, MIB + 1].filter((at) => at >= 0 && at <= size),
      )) {
        const reader = await sink.open(CONTAINER, name, { offset });
        const found = new Uint8Array(size - offset + 1);
        t.is(await reader.readInto(found), size - offset, `${name}, ${size} from ${offset}`);
        t.is(firstDifference(found.subarray(0, -1), bytes.subarray(offset)), -1);
        await reader.close();
      }
    }
  }
});

test("sizes of both sides follow from each other", (t) => {
  for (const size of [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB, 1e12])
    t.is(plainSizeOf(sealedSizeOf(size)), size);
  for (const size of [0, 55, 71, 56 + MIB + 17, 56 + MIB + 32]) t.is(plainSizeOf(size), undefined, `${size}`);
});

test("the same bytes are never stored the same way twice", async (t) => {
  const stored = new MemorySink();
  const sink = new EncryptedSink(stored, await fixedRing());
  await sink.createContainer(CONTAINER);
  const objects = ["a", "b"].map((name) => ({ container: CONTAINER, name }));
  for (const object of objects) await putObject(sink, object, patternBytes(100, 1));
  const [a, b] = await Promise.all(objects.map((object) => getObject(stored, object)));
  t.notDeepEqual(a!.subarray(24), b!.subarray(24));
  t.notDeepEqual(a!.subarray(56), b!.subarray(56));
});

test("plain objects in an encrypted repository are refused", async (t) => {
  const stored = new MemorySink();
  const sink = new EncryptedSink(stored, await fixedRing());
  await sink.createContainer(CONTAINER);
  for (const [name, message] of [
    ["volume_1-00001", /^Cannot decrypt object: it does not begin as an encrypted object/],
    [
      "volume_1_metadata",
      /^Cannot read manifest: it is not encrypted, although the repository is; .*plain_repositories/,
    ],
  ] as const) {
    await putObject(stored, { container: CONTAINER, name }, patternBytes(1000, 1));
    await t.throwsAsync(sink.open(CONTAINER, name), { instanceOf: IntegrityError, message });
  }
});
