/** A stage that works on several items at once and lets them leave in the order in which they came. */
import { TransformStream } from "../streams.js";

export interface OrderedWork<In, Started, Out> {
  /** How many items may be in work at once. */
  readonly lanes: number;
  /** Begins the work on an item; the next item may begin before this one is done. */
  start(item: In): Promise<Started>;
  /** What follows, for one item after the other. */
  finish(started: Started, controller: TransformStreamDefaultController<Out>): Promise<void>;
}

export function inOrder<In, Started, Out>({
  lanes,
  start,
  finish,
}: OrderedWork<In, Started, Out>): TransformStream<In, Out> {
  const pending: Promise<Started>[] = [];
  const drain = async (controller: TransformStreamDefaultController<Out>, atMost: number): Promise<void> => {
    while (pending.length > atMost) await finish(await pending.shift()!, controller);
  };
  return new TransformStream<In, Out>({
    async transform(item, controller) {
      const started = start(item);
      // It is awaited in its turn; until then a failure must not count as unhandled.
      started.catch(() => {});
      pending.push(started);
      await drain(controller, lanes - 1);
    },
    flush: (controller) => drain(controller, 0),
  });
}
