/**
 * A stage that works on several items at once and emits them in the order in which they came. Each leaves as soon as it
 * and those before it are done: the last one does not wait for another item to push it out.
 */
import { TransformStream } from "../../streams.js";

export interface OrderedWork<In, Started, Out> {
  /** How many items may be in work at once. */
  readonly concurrency: number;
  /** Begins the work on an item; the next item may begin before this one is done. */
  start(item: In): Promise<Started>;
  /** The sequential rest of the work, for one item at a time, in order. */
  finish(started: Started, controller: TransformStreamDefaultController<Out>): Promise<void>;
}

export function inOrder<In, Started, Out>({
  concurrency,
  start,
  finish,
}: OrderedWork<In, Started, Out>): TransformStream<In, Out> {
  const inWork = new Set<Promise<void>>();
  let latest: Promise<void> = Promise.resolve();
  return new TransformStream<In, Out>({
    async transform(item, controller) {
      const started = start(item);
      const finished = follow(latest, started, (result) => finish(result, controller));
      latest = finished;
      inWork.add(finished);
      // A failure rejects a later call, if there is one, and at once errors the stage's output.
      finished.then(
        () => inWork.delete(finished),
        (error: unknown) => controller.error(error),
      );
      if (inWork.size >= concurrency) await Promise.race(inWork);
    },
    flush: () => latest,
  });
}

async function follow<T>(
  before: Promise<void>,
  started: Promise<T>,
  finish: (result: T) => Promise<void>,
): Promise<void> {
  // Awaited in its turn; until then a failure must not count as unhandled.
  started.catch(() => {});
  await before;
  await finish(await started);
}
