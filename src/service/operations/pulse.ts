/**
 * The pulse of a service while it has operations: it renews their leases, reports their progress, and checks whether
 * another process asked for their end. One query for all of them at every beat, one transaction a second.
 *
 * A process that cannot renew its leases until they expire ends its operations: by then others take it for dead.
 */
import type { OperationRow } from "../../catalog/operations.js";
import type { ServiceParts } from "../host.js";
import { LEASE_MS } from "./liveness.js";
import type { Lease, RunningOperation } from "./running-operation.js";

/** Interval for noticing requests to end; a local query takes some tenths of a millisecond. */
const WATCH_MS = 200;
/** Interval of renewals. Each waits for the disk once. */
const RENEW_MS = 1000;

/**
 * How long after a renewal writes need no check of the lease. Half of a lease: writes that began before have the other
 * half to arrive.
 */
const FRESH_MS: number = LEASE_MS / 2;

/** The reason when an operation ends without having been asked to. */
export const TAKEN_FOR_DEAD = "its lease was lost; another process took this one for dead";

/** The reason when the catalog did not answer for so long that others may do so. */
const CUT_OFF = "its lease could not be renewed, because the catalog did not answer";

export class Pulse implements Lease {
  readonly #parts: ServiceParts;
  readonly #operations = new Map<number, RunningOperation>();
  #stop: (() => void) | undefined;
  #beating: Promise<void> | undefined;
  /** Time of the last renewal, by the monotonic clock and by the wall clock, which advances while a machine sleeps. */
  #renewedMs = 0;
  #renewedAt = 0;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  add(operation: RunningOperation): void {
    this.#operations.set(operation.number, operation);
    if (this.#stop !== undefined) return;
    this.#noteRenewal(this.#now());
    this.#stop = this.#parts.host.every(WATCH_MS, () => this.#beat());
  }

  /** Resolves when no beat that includes the operation is running. */
  async remove(operation: RunningOperation): Promise<void> {
    this.#operations.delete(operation.number);
    if (this.#operations.size === 0) {
      this.#stop?.();
      this.#stop = undefined;
    }
    await this.#beating;
  }

  #beat(): void {
    // A slow disk may take longer than the interval.
    this.#beating ??= this.#look()
      .catch(() => this.#endIfStale())
      .finally(() => {
        this.#beating = undefined;
      });
  }

  async #look(): Promise<void> {
    const { catalog, host } = this.#parts;
    // Of an operation that is added meanwhile, the answer may not know.
    const operations = [...this.#operations.values()];
    const rows = new Map<number, OperationRow>(
      (await catalog.operations.heldBy(host.holder)).map((row) => [row.number, row]),
    );
    for (const operation of operations) {
      const row = rows.get(operation.number);
      if (row === undefined) operation.loseLease(TAKEN_FOR_DEAD);
      else if (row.cancelReason !== null) operation.cancel(row.cancelReason);
    }
    if (host.clock.monotonicMs() - this.#renewedMs >= RENEW_MS) await this.confirm();
  }

  isFresh(): boolean {
    const { ms, at } = this.#now();
    return ms - this.#renewedMs < FRESH_MS && at - this.#renewedAt < FRESH_MS;
  }

  async confirm(): Promise<void> {
    const now = this.#now();
    const held = [...this.#operations.values()];
    // Their progress does not change.
    const waiting = held.filter(({ progress }) => progress.stage === "waiting");
    const running = held.filter((operation) => !waiting.includes(operation));
    const lost = await this.#parts.catalog.transaction(async ({ operations }) => {
      const renewed = await operations.renew(waiting.map(({ number }) => number));
      const gone = waiting.filter(({ number }) => !renewed.has(number));
      for (const operation of running)
        if (!(await operations.beat(operation.number, operation.report(now.ms)))) gone.push(operation);
      return gone;
    });
    for (const operation of lost) operation.loseLease(TAKEN_FOR_DEAD);
    this.#noteRenewal(now);
  }

  #now(): { readonly ms: number; readonly at: number } {
    const { clock } = this.#parts.host;
    return { ms: clock.monotonicMs(), at: clock.now().getTime() };
  }

  #noteRenewal({ ms, at }: { readonly ms: number; readonly at: number }): void {
    this.#renewedMs = ms;
    this.#renewedAt = at;
  }

  /** Errors may be temporary: another process that writes for long, a disk that is full for a while. */
  #endIfStale(): void {
    if (this.#parts.host.clock.monotonicMs() - this.#renewedMs < LEASE_MS) return;
    for (const operation of this.#operations.values()) operation.loseLease(CUT_OFF);
  }
}
