/**
 * A byte budget: a hard limit on the bytes held at once.
 *
 * A run acquires here all memory that it allocates in proportion to data: the pool with the kernels' memory, the
 * digests that a restore keeps, encoded bytes from before they are made until they are stored, the working memory of
 * codecs, the buffers of sinks. The limit is the sum of the plan's accounted rows, so the peak cannot exceed the plan.
 *
 * Waits are served strictly in the order of their calls. Together with one rule for the stages this prevents deadlocks:
 * **call `acquire` in the order in which the bytes will be released, and let nothing earlier in that order wait for
 * anything later**. Then the oldest holder never waits for the budget, finishes and releases; the oldest waiter is
 * served at the latest when all holders before it have released, because no single hold exceeds the limit. In detail:
 *
 * - Memory that lives as long as the run (pool, digests, sink buffers) is acquired before the first window moves.
 * - A backup acquires for its pieces in the order of the volume, when a piece enters `compress`. That hold covers
 *   encoding, joining and probing the piece, so once it is granted the piece needs only the processor and the sink. A
 *   piece may wait while it holds a buffer of the pool; the pieces before it have buffers of their own.
 * - A restore holds one decoder at a time, and its limit has room for the largest.
 */
import { UsageError } from "../../errors.js";

/** Bytes held of a budget. */
export class Hold {
  readonly #onShrink: (bytes: number) => void;
  #size: number;

  constructor(size: number, onShrink: (bytes: number) => void) {
    this.#size = size;
    this.#onShrink = onShrink;
  }

  /** Bytes that are held. */
  get size(): number {
    return this.#size;
  }

  /** Releases all but `size` bytes. @throws RangeError for more than is held: more must be acquired */
  shrinkTo(size: number): void {
    if (!(size >= 0 && size <= this.#size))
      throw new RangeError(`Cannot keep ${size} bytes of a hold: it has ${this.#size}`);
    const freed = this.#size - size;
    this.#size = size;
    if (freed > 0) this.#onShrink(freed);
  }

  /** Releases everything; a second call has no effect. */
  release(): void {
    this.shrinkTo(0);
  }
}

interface Waiter {
  readonly size: number;
  grant(hold: Hold): void;
  refuse(reason: unknown): void;
}

/** Options of a budget. */
export interface BudgetOptions {
  /** Ends every wait, with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Limits the bytes that a run holds at once; a request that does not fit waits for its turn. */
export class MemoryBudget {
  /** Bytes that may be held at once. */
  readonly limit: number;
  readonly #signal: AbortSignal | undefined;
  readonly #waiters: Waiter[] = [];
  #inUse = 0;
  #peak = 0;

  constructor(limit: number, { signal }: BudgetOptions = {}) {
    if (Number.isNaN(limit) || limit < 0)
      throw new UsageError(`Cannot keep to a budget of ${limit} bytes: want 0 or more`);
    this.limit = limit;
    this.#signal = signal;
    signal?.addEventListener("abort", () => {
      for (const waiter of this.#waiters.splice(0)) waiter.refuse(signal.reason);
    });
  }

  /** Bytes held now. */
  get inUse(): number {
    return this.#inUse;
  }

  /** The most bytes that were held at once. */
  get peak(): number {
    return this.#peak;
  }

  /** Number of waiting calls. */
  get waitingCount(): number {
    return this.#waiters.length;
  }

  /**
   * Holds `size` bytes as soon as they are free and every earlier call has been served.
   * @throws UsageError for more than the limit, which would never be free
   */
  acquire(size: number): Promise<Hold> {
    // Both branches settle in the same number of turns, so callers continue in the order in which they were served.
    return new Promise((resolve, reject) => {
      this.#check(size);
      this.#signal?.throwIfAborted();
      if (this.#waiters.length === 0 && this.#fits(size)) resolve(this.#take(size));
      else this.#waiters.push({ size, grant: resolve, refuse: reject });
    });
  }

  #check(size: number): void {
    if (!Number.isSafeInteger(size) || size < 0)
      throw new UsageError(`Cannot hold ${size} bytes: want a whole number from 0 on`);
    if (size > this.limit)
      throw new UsageError(`Cannot hold ${size} bytes: more than the whole budget of ${this.limit}`);
  }

  #fits(size: number): boolean {
    return this.#inUse + size <= this.limit;
  }

  #take(size: number): Hold {
    this.#inUse += size;
    this.#peak = Math.max(this.#peak, this.#inUse);
    return new Hold(size, (freed) => this.#release(freed));
  }

  #release(size: number): void {
    this.#inUse -= size;
    this.#serve();
  }

  /** Takes the bytes here and not in the waiter's own turn, when they might be taken already. */
  #serve(): void {
    for (let next = this.#waiters[0]; next !== undefined && this.#fits(next.size); next = this.#waiters[0]) {
      this.#waiters.shift();
      next.grant(this.#take(next.size));
    }
  }
}
