/** The lock of a backup that is created, and of the chain that it is based on. */
import type { Runtime } from "../../pipeline/run/runtime.js";
import type { ObjectSink } from "../../sinks/sink.js";
import type { ServiceContext } from "../context.js";
import type { RunningOperation } from "../operations/running-operation.js";
import { changeOf } from "../repositories/locks.js";
import { isCurrent, openCurrentChain } from "../repositories/stored.js";
import { extendChain, lockManifest, lockObjects } from "./apply-locks.js";
import type { CreationRow } from "./create-rows.js";
import type { Parent } from "./parent.js";

interface LockedCreation {
  readonly row: CreationRow & { readonly repository: string };
  readonly parent: Parent | undefined;
  readonly sink: ObjectSink;
  readonly runtime: Runtime;
  readonly operation: RunningOperation;
}

/** Locks everything else before the manifest, and the chain that the backup stands on. */
export function lockBeforeManifest(
  context: ServiceContext,
  { parent, sink, row }: Omit<LockedCreation, "runtime" | "operation">,
): ((names: readonly string[]) => Promise<void>) | undefined {
  const change = changeOf(row);
  if (change === undefined && row.lockMode === null) return undefined;
  return async (names) => {
    const { repository, container, serviceMetadata: prefix } = row;
    if (parent !== undefined) await extendChain(context, parent.chain, { lock: row, repository, sink });
    if (change !== undefined) await lockObjects(sink, { container, prefix }, names, change);
  };
}

/** Locks the manifest; and the chain again, if a consolidation has moved a part of it meanwhile. */
export async function completeCreationLock(
  context: ServiceContext,
  { parent, sink, runtime, operation, row }: LockedCreation,
): Promise<void> {
  const { repository, container, serviceMetadata: prefix } = row;
  const change = changeOf(row);
  if (change === undefined) return;
  await lockManifest(sink, { container, prefix }, change);
  if (parent === undefined || (await isCurrent(context, parent.chain))) return;
  const { signal } = operation;
  const chain = await openCurrentChain(context, parent.backup, runtime.hashes, { signal });
  await extendChain(context, chain, { lock: row, repository, sink });
}
