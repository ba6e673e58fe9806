/** Settles like `promise`, or rejects with the signal's reason if that comes first. The work itself goes on. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  promise.catch(() => undefined);
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    addStop(signal, stop);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    removeStop(signal, stop!);
  }
}

/** One listener for all waits on a signal: Node warns about more than ten, and many objects are closed at once. */
interface SharedListener {
  readonly stops: Set<() => void>;
  readonly listener: () => void;
}

const shared = new WeakMap<AbortSignal, SharedListener>();

function addStop(signal: AbortSignal, stop: () => void): void {
  const known = shared.get(signal);
  if (known !== undefined) {
    known.stops.add(stop);
    return;
  }
  const stops = new Set([stop]);
  const listener = (): void => {
    for (const each of stops) each();
  };
  shared.set(signal, { stops, listener });
  signal.addEventListener("abort", listener, { once: true });
}

/** The last one also removes the listener, which would keep a combined signal alive. */
function removeStop(signal: AbortSignal, stop: () => void): void {
  const { stops, listener } = shared.get(signal)!;
  stops.delete(stop);
  if (stops.size > 0) return;
  shared.delete(signal);
  signal.removeEventListener("abort", listener);
}
