/** Cases for a sink's `create`, `write`, `close` and `abort`: atomicity, and reads after writes. */

import { NotFoundError, StorageError } from "../errors.js";
import { firstDifference } from "./check.js";
import { getObject, listNames, type ObjectLocation, patternBytes, putObject } from "./objects.js";
import { containerName, type SinkCases } from "./sink-cases.js";

function locationOf(cases: SinkCases): ObjectLocation {
  return { container: containerName(cases, "ab/cd/volumes"), name: "a-00001" };
}

export function writingCases(cases: SinkCases): void {
  atomicityCases(cases);
  abortCases(cases);
  bytesCases(cases);
}

function atomicityCases(cases: SinkCases): void {
  const { test, makeSink } = cases;
  const location = locationOf(cases);
  test("an object is not there until its writer is closed", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(location.container);
    const writer = await sink.create(location.container, location.name);
    await writer.write(patternBytes(100_000, 1));

    t.is(await sink.size(location.container, location.name), undefined);
    t.deepEqual(await listNames(sink, location.container, ""), []);
    await t.throwsAsync(sink.open(location.container, location.name), { instanceOf: NotFoundError });

    await writer.close();
    t.is(await sink.size(location.container, location.name), 100_000);
    t.deepEqual(await listNames(sink, location.container, ""), [location.name]);
    t.deepEqual(await getObject(sink, location), patternBytes(100_000, 1));
  });

  test("an existing object stays whole until it is replaced", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(location.container);
    await putObject(sink, location, patternBytes(5000, 1));
    const writer = await sink.create(location.container, location.name);
    await writer.write(patternBytes(70, 2));
    t.deepEqual(await getObject(sink, location), patternBytes(5000, 1));
    t.is(await sink.size(location.container, location.name), 5000);

    await writer.close();
    t.deepEqual(await getObject(sink, location), patternBytes(70, 2));
    t.deepEqual(await listNames(sink, location.container, ""), [location.name]);
  });

  test("of two writers of one name, one wins whole", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(location.container);
    const contents = [patternBytes(200_000, 4), patternBytes(150_000, 5)];
    // A store may refuse one of them for now, such as Swift, whose servers may not know the winner yet.
    const puts = await Promise.allSettled(contents.map((bytes) => putObject(sink, location, bytes, 10_007)));
    const failures = puts.flatMap((put) => (put.status === "rejected" ? [put.reason as unknown] : []));
    for (const failure of failures) {
      if (!(failure instanceof StorageError && failure.status === "temporary")) throw failure;
    }
    t.true(failures.length < contents.length, "one of them wins");

    const found = await getObject(sink, location);
    t.true(contents.some((bytes) => firstDifference(bytes, found) === -1));
    t.deepEqual(await listNames(sink, location.container, ""), [location.name]);
  });
}

function abortCases(cases: SinkCases): void {
  const { test, makeSink } = cases;
  const location = locationOf(cases);
  test("an aborted writer leaves nothing", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(location.container);
    const unwritten = await sink.create(location.container, "unwritten");
    await unwritten.abort();
    const written = await sink.create(location.container, "written");
    await written.write(patternBytes(1000, 1));
    await written.abort();
    await written.abort();

    t.deepEqual(await listNames(sink, location.container, ""), []);
    await t.throwsAsync(written.write(patternBytes(1, 1)));
    await t.throwsAsync(written.close());
    t.is(await sink.size(location.container, "written"), undefined);
  });

  test("an aborted writer leaves the object that was there", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(location.container);
    await putObject(sink, location, patternBytes(3000, 1));
    const writer = await sink.create(location.container, location.name);
    await writer.write(patternBytes(4000, 2));
    await writer.abort();
    t.deepEqual(await getObject(sink, location), patternBytes(3000, 1));
  });

  test("to abort after close leaves the object, and close is not done twice", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(location.container);
    const writer = await sink.create(location.container, location.name);
    await writer.write(patternBytes(10, 1));
    await writer.close();
    await writer.abort();
    await t.throwsAsync(writer.close());
    await t.throwsAsync(writer.write(patternBytes(1, 1)));
    t.deepEqual(await getObject(sink, location), patternBytes(10, 1));
  });
}

function bytesCases(cases: SinkCases): void {
  const { test, makeSink } = cases;
  const location = locationOf(cases);
  test("an object may have no bytes", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(location.container);
    const unwritten = await sink.create(location.container, "unwritten");
    await unwritten.close();
    const written = await sink.create(location.container, "written");
    await written.write(new Uint8Array(0));
    await written.close();
    for (const empty of ["unwritten", "written"]) {
      t.is(await sink.size(location.container, empty), 0);
      t.is((await getObject(sink, { container: location.container, name: empty })).length, 0);
    }
  });

  test("bytes may be reused as soon as write resolves", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(location.container);
    const expected = patternBytes(50_000, 3);
    const writer = await sink.create(location.container, location.name);
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const window = new Uint8Array(memory.buffer, 64, 4999);
    for (let offset = 0; offset < expected.length; offset += window.length) {
      const piece = expected.subarray(offset, offset + window.length);
      window.set(piece);
      await writer.write(window.subarray(0, piece.length));
      window.fill(0xee);
    }
    await writer.close();
    t.deepEqual(await getObject(sink, location), expected);
  });
}
