/**
 * `backup_max_operations` and `backup_max_memory`, and the limits of hosts, projects and repositories: which operations
 * may run at once, decided from the rows alone.
 */
import { type OperationRow, PARKED } from "../../catalog/operations.js";
import { EACH, type LimitScope, type ScopedLimit } from "../../catalog/scoped-limits.js";
import { UsageError } from "../../errors.js";
import type { MemoryPlan } from "../../pipeline/memory/plan.js";

export interface Limits {
  /** `backup_max_operations`; 0 for no limit. */
  readonly maxOperations: number;
  /** `backup_max_memory`, bytes; `undefined` for no limit. */
  readonly maxMemory: number | undefined;
  /** @default {none} */
  readonly scoped?: readonly ScopedLimit[] | undefined;
}

/** The part of the limits that an operation takes. */
export type Share = Pick<OperationRow, "slots" | "memory">;

/** The host, project and repository that an operation counts for. */
type Subjects = Partial<Pick<OperationRow, "host" | "projectId" | "repository">>;

export type Queued = Share &
  Subjects &
  Pick<OperationRow, "number" | "state"> &
  Partial<Pick<OperationRow, "holder">>;

export interface QueueOptions {
  /** Whether a worker can take this queued operation now. Others do not wait for one that no worker takes. @default {no} */
  readonly isServed?: ((operation: Queued) => boolean) | undefined;
}

/**
 * The position of an operation in the queue, from 1 on; 0 when it may begin. The queue is served strictly in the order
 * of arrival, so that small operations cannot overtake a large one forever. Only an operation that waits for the limit
 * of its host, project or repository is overtaken, by those that this limit does not concern. An operation that counts
 * for no limit does not wait.
 * @param operations all operations, in the order of arrival, including this one
 */
export function queuePositionOf(
  operations: readonly Queued[],
  own: Queued,
  limits: Limits,
  { isServed = () => false }: QueueOptions = {},
): number {
  if (!counts(own, limits)) return 0;
  const queue = new Queue(limits);
  for (const other of operations)
    if (other.state === "running" && other.number !== own.number) queue.use(other);
  let position = 1;
  for (const other of operations) {
    if (other.number >= own.number) break;
    if (other.state === "running" || !counts(other, limits)) continue;
    const isQueued = other.holder === PARKED;
    if (isQueued && !isServed(other)) continue;
    position++;
    queue.wait(other, isQueued);
  }
  return queue.admits(own) ? 0 : position;
}

/** What running operations take of each limit, and the limits that operations wait for. */
class Queue {
  readonly #meters: readonly Meter[];

  constructor(limits: Limits) {
    const { maxOperations, maxMemory, scoped = [] } = limits;
    const total = { scope: undefined, maxOperations: maxOperations || null, maxMemory: maxMemory ?? null };
    this.#meters = [total, ...scoped].map((limit) => new Meter(limit, scoped));
  }

  use(operation: Queued): void {
    for (const meter of this.#metersOf(operation)) meter.use(operation);
  }

  /** @param isQueued whether a worker will take it at once if there is room, so that others need not wait for that */
  wait(operation: Queued, isQueued: boolean): void {
    const meters = this.#metersOf(operation);
    const [total, ...scoped] = meters;
    const full = scoped.filter((meter) => !meter.admits(operation));
    if (full.length > 0) for (const meter of full) meter.block(operation);
    else if (isQueued && total!.admits(operation)) this.use(operation);
    else for (const meter of meters) meter.block(operation);
  }

  admits(operation: Queued): boolean {
    return this.#metersOf(operation).every((meter) => meter.admits(operation));
  }

  #metersOf(operation: Queued): Meter[] {
    return this.#meters.filter((meter) => meter.concerns(operation));
  }
}

type Limit = Pick<ScopedLimit, "maxOperations" | "maxMemory"> & {
  readonly scope: LimitScope | undefined;
  readonly name?: string;
};

interface Usage {
  slots: number;
  memory: number;
  /** Whether an operation waits for it. */
  isBlocked: boolean;
}

/** One limit. That of `EACH` counts every host, project or repository that has no limit of its own. */
class Meter {
  readonly #limit: Limit;
  readonly #others: ReadonlySet<string>;
  readonly #usages = new Map<string, Usage>();

  constructor(limit: Limit, all: readonly ScopedLimit[]) {
    this.#limit = limit;
    this.#others = new Set(all.filter(({ scope }) => scope === limit.scope).map(({ name }) => name));
  }

  concerns(operation: Subjects): boolean {
    const { scope, name } = this.#limit;
    if (scope === undefined) return true;
    const own = nameIn(scope, operation);
    if (own === undefined) return false;
    return name === EACH ? !this.#others.has(own) : name === own;
  }

  use(operation: Queued): void {
    const usage = this.#usageOf(operation);
    usage.slots += operation.slots;
    usage.memory += operation.memory;
  }

  block(operation: Queued): void {
    this.#usageOf(operation).isBlocked = true;
  }

  admits(operation: Queued): boolean {
    const { maxOperations, maxMemory } = this.#limit;
    const { slots, memory, isBlocked } = this.#usageOf(operation);
    return (
      !isBlocked &&
      (maxOperations === null || slots + operation.slots <= maxOperations) &&
      (maxMemory === null || memory + operation.memory <= maxMemory)
    );
  }

  #usageOf(operation: Queued): Usage {
    const { scope } = this.#limit;
    const name = (scope && nameIn(scope, operation)) ?? "";
    const known = this.#usages.get(name);
    if (known !== undefined) return known;
    const usage: Usage = { slots: 0, memory: 0, isBlocked: false };
    this.#usages.set(name, usage);
    return usage;
  }
}

function nameIn(scope: LimitScope, { host, projectId, repository }: Subjects): string | undefined {
  return { host, project: projectId, store: repository }[scope] ?? undefined;
}

/** Whether the operation takes a part of any limit. */
function counts({ slots, memory }: Share, { maxOperations, maxMemory, scoped = [] }: Limits): boolean {
  if (scoped.length > 0) return slots > 0 || memory > 0;
  return (slots > 0 && maxOperations !== 0) || (memory > 0 && maxMemory !== undefined);
}
/** @throws UsageError for a plan that could never fit */
export function checkPlan(plan: MemoryPlan, { maxMemory }: Pick<Limits, "maxMemory">): void {
  if (maxMemory === undefined || plan.total <= maxMemory) return;
  throw new UsageError(
    `Cannot ${verbOf(plan)}: it is planned to take ${plan.total} bytes, and backup_max_memory is ${maxMemory}; ` +
      `raise backup_max_memory${loweringOf(plan)}`,
  );
}

/** @throws UsageError for a plan that could never fit the limits of its host, project or repository */
export function checkScopedPlan(plan: MemoryPlan, operation: Subjects, scoped: readonly ScopedLimit[]): void {
  for (const limit of scoped) {
    const { scope, maxMemory } = limit;
    const isConcerned = new Meter(limit, scoped).concerns(operation);
    if (!isConcerned || maxMemory === null || plan.total <= maxMemory) continue;
    throw new UsageError(
      `Cannot ${verbOf(plan)}: it is planned to take ${plan.total} bytes, and the limit of ${scope} ` +
        `"${nameIn(scope, operation)}" is ${maxMemory}; raise it with \`ashlar limit set\`${loweringOf(plan)}`,
    );
  }
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
