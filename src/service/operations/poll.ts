/** Waits for something that other processes end, by polling the catalog. */
import { throwIfCancelled } from "../../pipeline/run/run.js";
import { sleep } from "../../sleep.js";
import type { ServiceParts } from "../host.js";
import { removeDeadOperations } from "./liveness.js";

/** Shortest time between two sweeps for dead processes, which read files of the system. */
const SWEEP_MS = 1000;

type Parts = Pick<ServiceParts, "host" | "catalog">;

/** Removes dead processes' operations, at most once a second however often it is called. */
export class DeadSweep {
  readonly #parts: Parts;
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Resolves to the number of operations removed. */
  async run(): Promise<number> {
    const nowMs = this.#parts.host.clock.monotonicMs();
    if (nowMs - this.#sweptMs < SWEEP_MS) return 0;
    this.#sweptMs = nowMs;
    return await removeDeadOperations(this.#parts);
  }
}

export interface PollOptions {
  readonly intervalMs: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /** Called after operations of dead processes were removed. */
  readonly onDead?: (() => Promise<void>) | undefined;
}

/** Resolves once `isDone` resolves to true. @throws CancelledError when the signal is aborted first */
export async function pollUntil(
  parts: Parts,
  isDone: () => Promise<boolean>,
  { intervalMs, signal, onDead }: PollOptions,
): Promise<void> {
  const sweep = new DeadSweep(parts);
  for (;;) {
    throwIfCancelled(signal);
    if (await isDone()) return;
    await pause(intervalMs, signal);
    if ((await sweep.run()) > 0) await onDead?.();
  }
}

/** A sleep that an abort ends early and without an error. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, signal).catch(() => undefined);
}
