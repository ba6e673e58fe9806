/** A put that must not replace: the object that is there stays, and a repeated attempt finds its own. */
import type { ExecutionContext } from "ava";
import { ObjectExistsError } from "../../src/errors.js";
import type { ObjectSink } from "../../src/sinks/sink.js";
import { getObject, listNames, patternBytes, putObject } from "../../src/testing/objects.js";

const LOCATION = { container: "volumebackups", name: "a_metadata" };

async function putNew(sink: ObjectSink, bytes: Uint8Array): Promise<void> {
  const writer = await sink.create(LOCATION.container, LOCATION.name, { isNew: true });
  try {
    await writer.write(bytes);
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

export async function checkNewObjects(
  t: ExecutionContext,
  sink: ObjectSink,
  sizes: readonly number[] = [1000],
): Promise<void> {
  await sink.createContainer(LOCATION.container);
  for (const size of sizes) {
    await putNew(sink, patternBytes(size, 1));
    await t.throwsAsync(putNew(sink, patternBytes(size, 2)), { instanceOf: ObjectExistsError });
    t.deepEqual(await getObject(sink, LOCATION), patternBytes(size, 1));
    t.deepEqual(await listNames(sink, LOCATION.container, ""), [LOCATION.name]);
    // Begun before the other one was completed.
    await sink.remove(LOCATION.container, LOCATION.name);
    const writer = await sink.create(LOCATION.container, LOCATION.name, { isNew: true });
    await writer.write(patternBytes(size, 3));
    await putObject(sink, LOCATION, patternBytes(size, 4));
    await t.throwsAsync(writer.close(), { instanceOf: ObjectExistsError });
    await writer.abort();
    t.deepEqual(await getObject(sink, LOCATION), patternBytes(size, 4));
    await sink.remove(LOCATION.container, LOCATION.name);
  }
}
