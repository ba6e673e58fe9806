/** Cases for unfinished objects of a sink. */

import type { ObjectSink, ObjectWriter } from "../sinks/sink.js";
import { getObject, listNames, patternBytes, putObject } from "./objects.js";
import { containerName, type SinkCases } from "./sink-cases.js";

/** Bytes per write. Sinks keep an object in memory up to the size of a part; only more than that reaches the store. */
const PIECE_SIZE = 262_144;

export function unfinishedCases(cases: SinkCases): void {
  const { test, makeSink, listsUnfinished } = cases;
  const container = containerName(cases, "ab/cd/unfinished");

  test("removing what writers left unfinished harms no object", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(container);
    await putObject(sink, { container, name: "a-00001" }, patternBytes(1000, 1));
    const dead = await begin(sink, container, "a-00002");

    await sink.removeUnfinished(container, "a-");
    await sink.removeUnfinished("missing", "a-");
    t.deepEqual(await listNames(sink, container, ""), ["a-00001"]);
    t.deepEqual(await getObject(sink, { container, name: "a-00001" }), patternBytes(1000, 1));
    await dead.abort();
    t.deepEqual(await listNames(sink, container, ""), ["a-00001"]);
  });

  test(
    "unfinished objects are listed under their prefix until they are aborted",
    async (t) => {
      const sink = await makeSink(t);
      await sink.createContainer(container);
      const writer = await begin(sink, container, "a-00002");
      t.deepEqual(await unfinishedNames(sink, container, "a-"), ["a-00002"]);
      t.deepEqual(await unfinishedNames(sink, container, ""), ["a-00002"]);
      t.deepEqual(await unfinishedNames(sink, container, "b-"), []);
      t.deepEqual(await listNames(sink, container, ""), []);
      await writer.abort();
      t.deepEqual(await unfinishedNames(sink, container, ""), []);
      t.deepEqual(await unfinishedNames(sink, "missing", ""), []);
    },
    { skip: listsUnfinished ? undefined : "the store does not show unfinished objects" },
  );
}

/** Opens a writer and writes enough for two parts, so that the first has reached the store. */
async function begin(sink: ObjectSink, container: string, name: string): Promise<ObjectWriter> {
  const writer = await sink.create(container, name);
  for (let size = 0; size <= 2 * sink.bufferSize; size += PIECE_SIZE) {
    await writer.write(patternBytes(PIECE_SIZE, 2));
  }
  return writer;
}

/** Names of unfinished objects, sorted and unique, because one object may have several unfinished entries. */
async function unfinishedNames(sink: ObjectSink, container: string, prefix: string): Promise<string[]> {
  const names = new Set<string>();
  for await (const { name } of sink.listUnfinished(container, prefix)) names.add(name);
  return [...names].sort();
}
