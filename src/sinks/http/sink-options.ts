import type { Clock, Hashes, HttpClient } from "../../ports.js";

/** Options of every sink over HTTP. */
export interface HttpSinkOptions {
  readonly http: HttpClient;
  readonly hashes: Hashes;
  readonly clock: Clock;
  /** Whether a missing container is created. @default {true} */
  readonly createsContainers?: boolean | undefined;
}
