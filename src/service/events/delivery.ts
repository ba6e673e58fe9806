/**
 * Delivery of events to one notifier: in order, in bounded memory, beside the work. Only `close` waits for it, for a
 * bounded time. The user is warned once about a receiver that cannot be reached.
 */
import { orAborted } from "../../aborted.js";
import type { Notifier, ServiceEvent } from "../notifier.js";

export interface DeliveryOptions {
  /** Called with a sentence, without secrets, when an event could not be delivered. */
  readonly warn?: ((text: string) => void) | undefined;
}

/** Limit on waiting events; beyond it the oldest are dropped. */
const WAITING_MAX = 1000;

export class Delivery {
  readonly #notifier: Notifier;
  readonly #warn: (text: string) => void;
  readonly #waiting: ServiceEvent[] = [];
  readonly #closing = new AbortController();
  readonly #end = new AbortController();
  #hasWarned = false;
  #pumping: Promise<void> | undefined;

  constructor(notifier: Notifier, { warn = () => undefined }: DeliveryOptions = {}) {
    this.#notifier = notifier;
    this.#warn = warn;
  }

  push(event: ServiceEvent): void {
    this.#waiting.push(event);
    if (this.#waiting.length > WAITING_MAX) {
      this.#waiting.shift();
      this.#warnOnce(new Error(`Cannot keep more than ${WAITING_MAX} events that wait for their receiver`));
    }
    this.#pumping ??= this.#pump().finally(() => {
      this.#pumping = undefined;
    });
  }

  /** Delivers waiting events until `signal` is aborted, and drops the rest. Never rejects. */
  async close(signal: AbortSignal): Promise<void> {
    this.#closing.abort();
    const stop = (): void => this.#end.abort();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    await this.#pumping;
    const closed = this.#notifier.close?.(signal);
    if (closed !== undefined) await orAborted(closed, signal).catch((error) => this.#warnOnce(error));
    signal.removeEventListener("abort", stop);
  }

  async #pump(): Promise<void> {
    const patience = { closing: this.#closing.signal, signal: this.#end.signal };
    for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
      try {
        await orAborted(this.#notifier.notify(event, patience), patience.signal);
      } catch (error) {
        this.#warnOnce(error);
      }
    }
  }

  #warnOnce(error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const isGivenUp = error === this.#end.signal.reason;
    const reason =
      error instanceof Error && !isGivenUp ? error.message : "a receiver of events did not answer";
    this.#warn(`${reason}; events are lost, and the work goes on`);
  }
}
