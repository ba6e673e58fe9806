/**
 * Repeats reads that return damaged data. A bit flipped in transit looks like one flipped in the store; only another
 * read can distinguish them, so a few are tried.
 */
import { IntegrityError, isAshlarError } from "../errors.js";
import type { ObjectSink } from "../sinks/sink.js";

const READS_MAX = 3;

/**
 * Returns the result of `read`. After an `IntegrityError` it is called again if a sink is remote: damage on a disk is
 * permanent, and so is a missing object.
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
