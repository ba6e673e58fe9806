/** The container of a backup that is created. */
import { orAborted } from "../../aborted.js";
import type { ObjectSink } from "../../sinks/sink.js";
import type { RunningOperation } from "../operations/running-operation.js";
import type { CreationRow } from "./create-rows.js";
import type { Parent } from "./parent.js";

/** Whether the parent, which was read a moment ago, is in the same container. */
export function isOfParent({ container }: CreationRow, parent: Parent | undefined): boolean {
  return parent?.backup.container === container;
}

/** Makes the container of the backup. */
export async function makeContainer(
  sink: ObjectSink,
  { container }: CreationRow,
  { signal }: RunningOperation,
): Promise<void> {
  const created = sink.createContainer(container);
  // A directory created after its removal would be left behind; a container of an object store stays anyway.
  await (sink.isRemote ? orAborted(created, signal) : created);
}
