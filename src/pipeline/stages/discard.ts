/** Removal of everything that is stored under a backup's prefix. */
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
  await sink.removeAll(container, [...names]);
  await sink.removeUnfinished(container, prefix);
  await sink.removeContainer(container);
}
