import type { Clock } from "../../ports.js";

/** The time of the server, corrected at each of its answers; between them this host's clock runs on. */
export class ServerClock implements Clock {
  #offsetMs = 0;

  /** @param serverMs the server's time, as it has just answered */
  set(serverMs: number): void {
    this.#offsetMs = serverMs - Date.now();
  }

  now(): Date {
    return new Date(Date.now() + this.#offsetMs);
  }

  monotonicMs(): number {
    return performance.now();
  }
}
