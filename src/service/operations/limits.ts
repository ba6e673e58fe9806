/** `backup_max_operations` and `backup_max_memory`: limits on concurrent operations, decided from the rows alone. */
import type { OperationRow } from "../../catalog/operations.js";
import { UsageError } from "../../errors.js";
import type { MemoryPlan } from "../../pipeline/memory/plan.js";

export interface Limits {
  /** `backup_max_operations`; 0 for no limit. */
  readonly maxOperations: number;
  /** `backup_max_memory`, bytes; `undefined` for no limit. */
  readonly maxMemory: number | undefined;
}

/** The part of the limits that an operation takes. */
export type Share = Pick<OperationRow, "slots" | "memory">;

type Queued = Share & Pick<OperationRow, "number" | "state">;

/**
 * The position of an operation in the queue, from 1 on; 0 when it may begin. The queue is served strictly in the order of
 * arrival, so that small operations cannot overtake a large one forever. An operation that counts for neither limit
 * does not wait.
 * @param operations all operations, in the order of arrival, including this one
 */
export function queuePositionOf(operations: readonly Queued[], own: Queued, limits: Limits): number {
  const share = limited(own, limits);
  if (share.slots === 0 && share.memory === 0) return 0;
  let slots = share.slots;
  let memory = share.memory;
  let position = 1;
  for (const other of operations) {
    if (other.number === own.number) continue;
    const taken = limited(other, limits);
    if (other.state === "running") {
      slots += taken.slots;
      memory += taken.memory;
    } else if (other.number < own.number && (taken.slots > 0 || taken.memory > 0)) {
      position++;
    }
  }
  const fits =
    (limits.maxOperations === 0 || slots <= limits.maxOperations) &&
    (limits.maxMemory === undefined || memory <= limits.maxMemory);
  return position === 1 && fits ? 0 : position;
}

function limited({ slots, memory }: Share, { maxOperations, maxMemory }: Limits): Share {
  return { slots: maxOperations === 0 ? 0 : slots, memory: maxMemory === undefined ? 0 : memory };
}

/** @throws UsageError for a plan that could never fit */
export function checkPlan(plan: MemoryPlan, { maxMemory }: Pick<Limits, "maxMemory">): void {
  if (maxMemory === undefined || plan.total <= maxMemory) return;
  throw new UsageError(
    `Cannot ${verbOf(plan)}: it is planned to take ${plan.total} bytes, and backup_max_memory is ${maxMemory}; ` +
      `raise backup_max_memory${loweringOf(plan)}`,
  );
}

function verbOf({ operation }: MemoryPlan): string {
  return operation === "backup" ? "back up" : operation;
}

/** Advice on the option that determines the plan's largest row; a restore depends on the options of the backup. */
function loweringOf({ operation, fixed, read, work, codec }: MemoryPlan): string {
  if (operation === "restore") return "";
  const largest = Math.max(fixed, read, work + codec);
  if (largest === read) return " or lower backup_sha_block_size_bytes";
  if (largest === work + codec) return " or choose another backup_compression_algorithm, none takes least";
  return "";
}
