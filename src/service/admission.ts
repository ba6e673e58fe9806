/**
 * `backup_max_memory`: an operation begins when its plan fits beside those under way in this service. They wait in the
 * order in which they came; one that could never fit fails at once.
 *
 * An operation is admitted once, with its whole plan, and before it holds anything that another could want, so waiting
 * always ends: what is under way ends without being admitted to anything further.
 */
import { CancelledError, UsageError } from "../errors.js";
import { type Hold, MemoryBudget } from "../pipeline/budget.js";
import type { MemoryPlan } from "../pipeline/memory.js";

export class Admission {
  readonly #budget: MemoryBudget | undefined;

  /** @param maxMemory bytes; `undefined` for no limit */
  constructor(maxMemory: number | undefined) {
    this.#budget = maxMemory === undefined ? undefined : new MemoryBudget(maxMemory);
  }

  /** Bytes of the plans under way; 0 where there is no limit. */
  get inUse(): number {
    return this.#budget?.inUse ?? 0;
  }

  /** @throws UsageError for a plan that could never fit */
  check(plan: MemoryPlan): void {
    if (this.#budget === undefined || plan.total <= this.#budget.limit) return;
    throw new UsageError(
      `Cannot ${verbOf(plan)}: it is planned to take ${plan.total} bytes, and backup_max_memory is ${this.#budget.limit}; ` +
        `raise backup_max_memory${loweringOf(plan)}`,
    );
  }

  /**
   * Does `work` once the plan fits.
   * @throws UsageError for a plan that could never fit; CancelledError when `signal` ends the wait
   */
  async run<T>(plan: MemoryPlan, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    this.check(plan);
    const hold = await this.#wait(plan.total, signal);
    try {
      return await work();
    } finally {
      hold?.release();
    }
  }

  async #wait(size: number, signal: AbortSignal | undefined): Promise<Hold | undefined> {
    try {
      return await this.#budget?.acquire(size, signal);
    } catch (cause) {
      if (!signal?.aborted || cause instanceof CancelledError) throw cause;
      throw new CancelledError("Cancelled", { cause });
    }
  }
}

function verbOf({ operation }: MemoryPlan): string {
  return operation === "backup" ? "back up" : "restore";
}

/** What of the user's options the plan's largest row comes from; a restore takes what the backup was made with. */
function loweringOf({ operation, fixed, read, work, codec }: MemoryPlan): string {
  if (operation === "restore") return "";
  const largest = Math.max(fixed, read, work + codec);
  if (largest === read) return " or lower backup_sha_block_size_bytes";
  if (largest === work + codec) return " or choose another backup_compression_algorithm, none takes least";
  return "";
}
