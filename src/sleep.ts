/** Resolves after `ms` milliseconds; rejects with the signal's reason if that is aborted first. */
export type Sleep = (ms: number, signal: AbortSignal | undefined) => Promise<void>;

/** Sleeps by `setTimeout`, which every runtime has. */
export const sleep: Sleep = (ms, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const end = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
