/** Ends running and waiting operations of other processes, or of other callers in this one. */
import type { OperationKind, OperationRow } from "../../catalog/operations.js";
import { InvalidStateError, NotFoundError } from "../../errors.js";
import type { ServiceContext } from "../context.js";
import { pollUntil } from "../operations/poll.js";
import { cancelQueued } from "../operations/queue.js";
import { listOperations } from "./list.js";
import { repair } from "./repair.js";

const POLL_MS = 25;

/**
 * Asks all operations on the backup to end, except those that delete it, and resolves when they have: from then on
 * nothing is stored, read or written on their behalf. What a dead process left is repaired. Resolves to whether there
 * were any operations.
 */
export async function stopOperations(
  context: ServiceContext,
  backupId: string,
  reason: string,
): Promise<boolean> {
  const { operations } = context.catalog;
  let wereQueued = false;
  for (const { number } of await operations.onBackup(backupId))
    if (await cancelQueued(context, number, reason)) wereQueued = true;
  if ((await operations.cancel(backupId, reason)) === 0) return wereQueued;
  await untilEnded(context, async () =>
    (await operations.onBackup(backupId)).every(({ kind }) => kind === "delete"),
  );
  return true;
}

/** Operations that end soon by themselves, and that the next start would have to repeat if they were interrupted. */
const UNSTOPPABLE: readonly OperationKind[] = ["delete", "repair", "snapshot"];

/**
 * Asks a running or waiting operation to end, and resolves when it has.
 * @returns the operation as it was
 * @throws NotFoundError for a number that is not an operation visible to the caller; InvalidStateError for a kind that
 *   cannot be cancelled
 */
export async function cancelOperation(context: ServiceContext, number: number): Promise<OperationRow> {
  const { operations } = context.catalog;
  const operation = (await listOperations(context)).find((each) => each.number === number);
  if (operation === undefined) {
    throw new NotFoundError(
      `Cannot cancel operation ${number}: there is none of that number, see \`ashlar operation list\``,
    );
  }
  if (UNSTOPPABLE.includes(operation.kind)) {
    const wanted = "want a backup, restore, verify or consolidate";
    throw new InvalidStateError(`Cannot cancel operation ${number}: it is a ${operation.kind}, ${wanted}`);
  }
  const reason = `operation ${number} was cancelled`;
  if (await cancelQueued(context, number, reason)) return operation;
  await operations.cancelOne(number, reason);
  await untilEnded(context, async () =>
    (await operations.list()).every((each) => each.number !== operation.number),
  );
  return operation;
}

/** Waits, and repairs what processes leave that die meanwhile. */
async function untilEnded(context: ServiceContext, hasEnded: () => Promise<boolean>): Promise<void> {
  await pollUntil(context, hasEnded, { intervalMs: POLL_MS, onDead: () => repair(context) });
}
