/**
 * The pulse of a service while it has operations under way: it renews their leases, tells how far they are, and looks
 * whether somebody wants them to end. One query for all of them at every beat, one transaction a second.
 *
 * A process that cannot renew its leases for as long as they hold ends its operations: by then others take it for dead.
 */
import type { OperationRecord } from "../catalog/operations.js";
import type { ServiceParts } from "./host.js";
import { LEASE_MS } from "./liveness.js";
import type { Lease, RunningOperation } from "./running-operation.js";

/** A request to end is noticed this soon; a local query takes some tenths of a millisecond. */
const WATCH_MS = 200;
/** Every renewal waits for the disk once. */
const RENEW_MS = 1000;

/**
 * How long after a renewal nothing is written without a look at the lease. Half of a lease: what was begun before has
 * the other half to arrive.
 */
const FRESH_MS: number = LEASE_MS / 2;

/** Why an operation ends without being asked to. */
export const TAKEN_FOR_DEAD = "its lease was lost; another process took this one for dead";

export class Pulse implements Lease {
  readonly #parts: ServiceParts;
  readonly #operations = new Map<number, RunningOperation>();
  #stop: (() => void) | undefined;
  #beating: Promise<void> | undefined;
  /** By the clock that never goes backwards, and by the wall's, which goes on while a machine sleeps. */
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

  /** Resolves when no beat is under way that knows of it. */
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
    const rows = new Map<number, OperationRecord>(
      (await catalog.operations.heldBy(host.holder)).map((row) => [row.number, row]),
    );
    for (const operation of this.#operations.values()) {
      const row = rows.get(operation.number);
      if (row === undefined) operation.cancel(TAKEN_FOR_DEAD);
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
    const lost: RunningOperation[] = [];
    await this.#parts.catalog.transaction(async ({ operations }) => {
      for (const operation of this.#operations.values())
        if (!(await operations.beat(operation.number, operation.report(now.ms)))) lost.push(operation);
    });
    for (const operation of lost) operation.cancel(TAKEN_FOR_DEAD);
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

  /** What went wrong may pass: another process that writes for long, a disk that is full for a while. */
  #endIfStale(): void {
    if (this.#parts.host.clock.monotonicMs() - this.#renewedMs < LEASE_MS) return;
    for (const operation of this.#operations.values()) operation.cancel(TAKEN_FOR_DEAD);
  }
}
