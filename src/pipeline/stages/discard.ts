/** Removal of everything stored under a backup's prefix. */

import { StorageError } from "../../errors.js";
import { digestTableName, manifestName } from "../../format/names.js";
import type { ObjectSink } from "../../sinks/sink.js";

/**
 * Removes the manifest first, so that a backup removed halfway never looks complete, then the rest. May be repeated
 * after a failure; it is no error if there is nothing to remove.
 */
export async function discard(sink: ObjectSink, container: string, prefix: string): Promise<void> {
  await sink.remove(container, manifestName(prefix));
  // By name, because a list may lag behind the stored objects.
  const names = new Set([digestTableName(prefix)]);
  for await (const { name } of sink.list(container, prefix)) names.add(name);
  await removeObjects(sink, container, prefix, [...names]);
  await sink.removeUnfinished(container, prefix);
  await sink.removeContainer(container);
}

/**
 * Removes objects under a prefix, and checks that they are gone: anything on the way to a store can acknowledge a
 * removal. A list may lag behind, so any object that it still shows is looked up by name.
 * @throws StorageError (temporary) for an object that is still there
 */
export async function removeObjects(
  sink: ObjectSink,
  container: string,
  prefix: string,
  names: readonly string[],
): Promise<void> {
  await sink.removeAll(container, names);
  const removed = new Set(names);
  for await (const { name } of sink.list(container, prefix)) {
    if (!removed.has(name) || (await sink.size(container, name)) === undefined) continue;
    throw new StorageError(
      `Cannot remove object ${JSON.stringify(name)} from container ${JSON.stringify(container)}: the removal was acknowledged, and it is still there`,
      { call: "remove", status: "temporary" },
    );
  }
}
