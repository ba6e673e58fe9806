/** A removal that something on the way acknowledges is not taken for one. */
import test from "ava";
import { StorageError } from "../../../src/errors.js";
import { discard } from "../../../src/pipeline/stages/discard.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import type { ObjectEntry } from "../../../src/sinks/sink.js";
import { patternBytes, putObject } from "../../../src/testing/objects.js";

async function filled<Sink extends MemorySink>(sink: Sink): Promise<Sink> {
  await sink.createContainer("c");
  for (const name of ["b_metadata", "b_sha256file", "b-00001", "b-00002"])
    await putObject(sink, { container: "c", name }, patternBytes(10, 1));
  return sink;
}

test("a backup whose objects stay after they were removed is not deleted", async (t) => {
  class Deaf extends MemorySink {
    override async removeAll(): Promise<void> {}
  }
  const error = await t.throwsAsync(discard(await filled(new Deaf()), "c", "b"), {
    instanceOf: StorageError,
  });
  t.regex(error!.message, /^Cannot remove object "b.*the removal was acknowledged, and it is still there$/);
  t.is((error as StorageError).status, "temporary");
});

test("a list that lags behind the removals is no error", async (t) => {
  class Lagging extends MemorySink {
    #listed: readonly ObjectEntry[] | undefined;

    override async *list(container: string, prefix: string): AsyncIterable<ObjectEntry> {
      const entries: ObjectEntry[] = [];
      for await (const entry of super.list(container, prefix)) entries.push(entry);
      this.#listed ??= entries;
      yield* this.#listed;
    }
  }
  await t.notThrowsAsync(discard(await filled(new Lagging()), "c", "b"));
});
