/** Stopping on request: the first signal asks the run to end in order, the second ends the process. */
import { CancelledError } from "../errors.js";
import { BY_SIGNAL } from "./exit-code.js";
import type { CommandHost, StopSignal } from "./host.js";

export class Stop {
  readonly #controller = new AbortController();
  readonly #unsubscribe: () => void;
  #signal: StopSignal | undefined;

  constructor(host: CommandHost) {
    this.#unsubscribe = host.onSignal((signal) => {
      if (this.#signal !== undefined) return host.exit(BY_SIGNAL[signal]);
      this.#signal = signal;
      this.#controller.abort(new CancelledError(`Stopped by ${signal}`));
    });
  }

  /** Aborted with a `CancelledError`. */
  get abortSignal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first signal received. */
  get signal(): StopSignal | undefined {
    return this.#signal;
  }

  /** Returns signals to the host's default handling. */
  release(): void {
    this.#unsubscribe();
  }
}
