/** Cases for a sink's `open`, `size`, `list` and `containers`. */

import { NotFoundError, UsageError } from "../errors.js";
import { getObject, listNames, patternBytes, putObject } from "./objects.js";
import { containerName, type SinkCases } from "./sink-cases.js";

const CONTAINER = "backups";

export function readingCases(cases: SinkCases): void {
  readerCases(cases);
  listingCases(cases);
}

function readerCases({ test, makeSink }: SinkCases): void {
  test("a large object survives odd sizes of writes and reads", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(CONTAINER);
    const expected = patternBytes(3_500_003, 6);
    const writer = await sink.create(CONTAINER, "large");
    const sizes = [1, 0, 65_537, 4095, 1_048_577, 3];
    for (let offset = 0, i = 0; offset < expected.length; i++) {
      const size = sizes[i % sizes.length]!;
      await writer.write(expected.subarray(offset, offset + size));
      offset += size;
    }
    await writer.close();
    for (const bufferSize of [4097, 1_000_000, 3_500_003, 3_500_004]) {
      const found = await getObject(sink, { container: CONTAINER, name: "large" }, bufferSize);
      t.deepEqual(found, expected, `read in pieces of ${bufferSize}`);
    }
  });

  test("a reader fills its buffer until the end, and then reads nothing", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(CONTAINER);
    await putObject(sink, { container: CONTAINER, name: "ten" }, patternBytes(10, 7));
    const reader = await sink.open(CONTAINER, "ten");
    const buffer = new Uint8Array(7).fill(0xee);
    t.is(reader.size, 10);
    t.is(await reader.readInto(buffer), 7);
    t.deepEqual(buffer, patternBytes(10, 7).subarray(0, 7));
    t.is(await reader.readInto(buffer), 3);
    t.deepEqual(buffer.subarray(0, 3), patternBytes(10, 7).subarray(7));
    t.is(await reader.readInto(buffer), 0);
    t.is(await reader.readInto(buffer), 0);
    await reader.close();
  });

  test("a reader may begin within the object, and at its end", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(CONTAINER);
    const expected = patternBytes(200_003, 9);
    await putObject(sink, { container: CONTAINER, name: "a" }, expected);
    await putObject(sink, { container: CONTAINER, name: "empty" }, new Uint8Array(0));
    const buffer = new Uint8Array(200_004);
    for (const offset of [0, 1, 65_536, 200_002, 200_003]) {
      const reader = await sink.open(CONTAINER, "a", { offset });
      t.is(reader.size, 200_003, `size, whatever the offset ${offset}`);
      t.is(await reader.readInto(buffer), 200_003 - offset);
      t.deepEqual(buffer.subarray(0, 200_003 - offset), expected.subarray(offset));
      t.is(await reader.readInto(buffer), 0);
      await reader.close();
    }
    const empty = await sink.open(CONTAINER, "empty", { offset: 0 });
    t.is(await empty.readInto(buffer), 0);
    await empty.close();
    for (const [object, offset] of [
      ["a", 200_004],
      ["a", -1],
      ["a", 1.5],
      ["empty", 1],
    ] as const) {
      await t.throwsAsync(sink.open(CONTAINER, object, { offset }), { instanceOf: UsageError }, `${offset}`);
    }
    await t.throwsAsync(sink.open(CONTAINER, "none", { offset: 5 }), { instanceOf: NotFoundError });
  });

  test("a reader that is closed early leaves the sink as it was", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(CONTAINER);
    const expected = patternBytes(2_000_000, 10);
    await putObject(sink, { container: CONTAINER, name: "a" }, expected);
    for (let i = 0; i < 12; i++) {
      const reader = await sink.open(CONTAINER, "a");
      if (i % 2 === 1) await reader.readInto(new Uint8Array(1000));
      await reader.close();
    }
    t.deepEqual(await getObject(sink, { container: CONTAINER, name: "a" }), expected);
  });

  test("what a reader was given is not what is stored", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(CONTAINER);
    await putObject(sink, { container: CONTAINER, name: "a" }, patternBytes(100, 8));
    const reader = await sink.open(CONTAINER, "a");
    const buffer = new Uint8Array(100);
    await reader.readInto(buffer);
    buffer.fill(0);
    await reader.close();
    t.deepEqual(await getObject(sink, { container: CONTAINER, name: "a" }), patternBytes(100, 8));
  });
}

function listingCases(cases: SinkCases): void {
  const { test, makeSink, manyCount } = cases;
  test("a container made again keeps its objects, and containers are apart", async (t) => {
    const sink = await makeSink(t);
    const first = containerName(cases, "one/two");
    const second = `${first}-2`;
    await sink.createContainer(first);
    await putObject(sink, { container: first, name: "x" }, patternBytes(10, 1));
    await sink.createContainer(first);
    await sink.createContainer(second);
    await putObject(sink, { container: second, name: "y" }, patternBytes(10, 2));
    t.deepEqual(await listNames(sink, first, ""), ["x"]);
    t.deepEqual(await listNames(sink, second, ""), ["y"]);
  });

  test("every container that holds an object is found, once", async (t) => {
    const sink = await makeSink(t);
    const expected = ["ab/cd/abcd-1", "ab/cd/abcd-2", "ab/ef/abef-1", "flat"].map((container) =>
      containerName(cases, container),
    );
    for (const container of expected) {
      await sink.createContainer(container);
      await putObject(sink, { container, name: "x" }, patternBytes(1, 1));
    }
    const found: string[] = [];
    for await (const container of sink.containers()) found.push(container);
    t.deepEqual(found.sort(), expected);
  });

  test("a prefix is matched exactly, with its case", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(CONTAINER);
    const names = ["a-1", "a-10", "a-2", "A-1", "b", "xa-1", "a_1", "a"];
    for (const [i, object] of names.entries()) {
      await putObject(sink, { container: CONTAINER, name: object }, patternBytes(i, 1));
    }
    t.deepEqual(await listNames(sink, CONTAINER, "a-1"), ["a-1", "a-10"]);
    t.deepEqual(await listNames(sink, CONTAINER, "a-"), ["a-1", "a-10", "a-2"]);
    t.deepEqual(await listNames(sink, CONTAINER, "a"), ["a", "a-1", "a-10", "a-2", "a_1"]);
    t.deepEqual(await listNames(sink, CONTAINER, "a-1000"), []);
    t.deepEqual(await listNames(sink, CONTAINER, ""), [...names].sort());
    for await (const entry of sink.list(CONTAINER, "")) t.is(entry.size, names.indexOf(entry.name));
  });

  test(`${manyCount} objects are listed, each once`, async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(CONTAINER);
    const expected = Array.from({ length: manyCount }, (_, i) => `many-${String(i).padStart(5, "0")}`);
    for (let first = 0; first < manyCount; first += 16) {
      const some = expected.slice(first, first + 16);
      await Promise.all(
        some.map((object) => putObject(sink, { container: CONTAINER, name: object }, new Uint8Array(1))),
      );
    }
    await putObject(sink, { container: CONTAINER, name: "other" }, new Uint8Array(1));
    t.deepEqual(await listNames(sink, CONTAINER, "many-"), expected);
  });
}
