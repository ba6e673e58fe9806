/** Cases for a sink's `remove`, `removeAll` and `inspect`. */

import { NotFoundError } from "../errors.js";
import { listNames, patternBytes, putObject } from "./objects.js";
import type { SinkCases } from "./sink-cases.js";

const CONTAINER = "backups";

export function removalCases({ test, makeSink }: SinkCases): void {
  test("what is missing is reported as missing", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(CONTAINER);
    await t.throwsAsync(sink.open(CONTAINER, "none"), { instanceOf: NotFoundError });
    await t.throwsAsync(sink.open("nowhere", "none"), { instanceOf: NotFoundError });
    await t.throwsAsync(sink.create("nowhere", "none"), { instanceOf: NotFoundError });
    t.is(await sink.size(CONTAINER, "none"), undefined);
    t.is(await sink.size("nowhere", "none"), undefined);
    t.deepEqual(await listNames(sink, "nowhere", ""), []);
  });

  test("a removed object is gone, and removing it again is no error", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(CONTAINER);
    for (const name of ["a", "a-1", "b"])
      await putObject(sink, { container: CONTAINER, name }, patternBytes(10, 1));
    await sink.remove(CONTAINER, "a");
    t.is(await sink.size(CONTAINER, "a"), undefined);
    t.deepEqual(await listNames(sink, CONTAINER, ""), ["a-1", "b"]);
    await sink.remove(CONTAINER, "a");
    await sink.remove("nowhere", "a");
    t.deepEqual(await listNames(sink, CONTAINER, ""), ["a-1", "b"]);
  });

  test("several objects are removed in one call, and missing ones are no error", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(CONTAINER);
    const names = Array.from({ length: 30 }, (_, i) =>
      `a & <${i}>/\u00e9 %41+?`.replace("/", sink.naming === "flat" ? "-" : "/"),
    );
    for (const name of [...names, "a", "b"])
      await putObject(sink, { container: CONTAINER, name }, patternBytes(10, 1));
    await sink.removeAll(CONTAINER, ["none", ...names]);
    t.deepEqual(await listNames(sink, CONTAINER, ""), ["a", "b"]);
    await sink.removeAll(CONTAINER, names);
    await sink.removeAll(CONTAINER, []);
    await sink.removeAll("nowhere", ["none"]);
    t.deepEqual(await listNames(sink, CONTAINER, ""), ["a", "b"]);
  });

  test("to inspect the store leaves nothing", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(CONTAINER);
    const { clockAheadMs } = await sink.inspect(CONTAINER, "probe");
    t.true(clockAheadMs === undefined || Number.isFinite(clockAheadMs), `${clockAheadMs}`);
    t.deepEqual(await listNames(sink, CONTAINER, ""), []);
  });
}
