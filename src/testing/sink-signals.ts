/** Cases for signals: calls, readers and writers reject with the signal's reason, and leave nothing behind. */

import { getObject, listNames, patternBytes, putObject } from "./objects.js";
import { containerName, type SinkCases } from "./sink-cases.js";

export function signalCases(cases: SinkCases): void {
  const { test, makeSink } = cases;
  const location = { container: containerName(cases, "ab/signals"), name: "a-00001" };
  const reason = new Error("the run is over");

  test("a signal ends a reader", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(location.container);
    await putObject(sink, location, patternBytes(300_000, 1));
    const aborted = AbortSignal.abort(reason);
    t.is(await t.throwsAsync(sink.open(location.container, location.name, { signal: aborted })), reason);

    const controller = new AbortController();
    const reader = await sink.open(location.container, location.name, { signal: controller.signal });
    t.is(await reader.readInto(new Uint8Array(1000)), 1000);
    controller.abort(reason);
    t.is(await t.throwsAsync(reader.readInto(new Uint8Array(1000))), reason);
    await reader.close();
    t.is((await getObject(sink, location)).length, 300_000);
  });

  test("a signal ends a writer, of which nothing is left", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(location.container);
    const aborted = AbortSignal.abort(reason);
    t.is(await t.throwsAsync(sink.create(location.container, location.name, { signal: aborted })), reason);

    for (const step of ["write", "close"] as const) {
      const controller = new AbortController();
      const writer = await sink.create(location.container, location.name, { signal: controller.signal });
      await writer.write(patternBytes(100_000, 2));
      controller.abort(reason);
      const refused = step === "write" ? writer.write(patternBytes(10, 3)) : writer.close();
      t.is(await t.throwsAsync(refused), reason, step);
      await writer.abort();
      t.is(await sink.size(location.container, location.name), undefined);
    }
    t.deepEqual(await listNames(sink, location.container, ""), []);
  });

  test("a signal that comes too late changes nothing", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(location.container);
    const controller = new AbortController();
    const writer = await sink.create(location.container, location.name, { signal: controller.signal });
    await writer.write(patternBytes(1000, 4));
    await writer.close();
    controller.abort(reason);
    await writer.abort();
    t.deepEqual(await getObject(sink, location), patternBytes(1000, 4));
  });
}
