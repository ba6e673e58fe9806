/** Removal of everything that is stored under a backup's prefix. */

import { StorageError } from "../../errors.js";
import { digestTableName, manifestName } from "../../format/names.js";
import type { ObjectSink } from "../../sinks/sink.js";

/**
 * Removes the manifest first, so that what is left half removed never looks like a complete backup, and the rest
 * after it. May be repeated after a failure; nothing to remove is no error.
 */
export async function discard(sink: ObjectSink, container: string, prefix: string): Promise<void> {
  await sink.remove(container, manifestName(prefix));
  // By name, for a list may lag behind what was put.
  const names = new Set([digestTableName(prefix)]);
  for await (const { name } of sink.list(container, prefix)) names.add(name);
  await removeObjects(sink, container, prefix, [...names]);
  await sink.removeUnfinished(container, prefix);
  await sink.removeContainer(container);
}

/**
 * Removes objects under a prefix, and looks whether they are gone: anything on the way to a store can acknowledge a
 * removal. A list may lag behind, so that what it still shows is looked for by its name.
 * @throws StorageError (temporary) for what is still there
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
      { operation: "remove", status: "temporary" },
    );
  }
}
