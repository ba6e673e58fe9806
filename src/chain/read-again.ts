/**
 * Reads once more what did not come as it was stored. A bit that was flipped on the way shows as an object that cannot be
 * trusted, and only another read can tell it from one that was flipped in the store; a bounded number of them does.
 */
import { IntegrityError, isAshlarError } from "../errors.js";
import type { ObjectSink } from "../sinks/sink.js";

const READS_MAX = 3;

/**
 * What `read` answers. It is called again after an `IntegrityError` where bytes come over a network: what is wrong on a
 * disk stays wrong, and an object that is missing stays missing.
 */
export async function readAgain<T>(sinks: readonly ObjectSink[], read: () => Promise<T>): Promise<T> {
  const readsMax = sinks.some(({ isRemote }) => isRemote) ? READS_MAX : 1;
  for (let reads = 1; ; reads++) {
    try {
      return await read();
    } catch (error) {
      const mayPass = error instanceof IntegrityError && !isAshlarError(error.cause, "not-found");
      if (!mayPass || reads === readsMax) throw error;
    }
  }
}
