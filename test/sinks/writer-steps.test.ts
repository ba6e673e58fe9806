import test from "ava";
import { InvalidStateError } from "../../src/errors.js";
import { WriterSteps } from "../../src/sinks/writer-steps.js";

const REFUSED = {
  instanceOf: InvalidStateError,
  message: /^Cannot go on writing object "a": its writer is /,
};

function stepsOf(signal?: AbortSignal): WriterSteps {
  return new WriterSteps('object "a"', signal);
}

test("after a failed step only abort is left", async (t) => {
  const steps = stepsOf();
  const reason = new Error("disk");
  t.is(await t.throwsAsync(steps.step(() => Promise.reject(reason))), reason);
  for (const next of [steps.step(async () => {}), steps.close(async () => {})])
    await t.throwsAsync(next, { ...REFUSED, message: /its writer is failed$/ });
  t.true(await steps.abort());
});

test("a closed writer takes no step, and has nothing to clean up", async (t) => {
  const steps = stepsOf();
  await steps.close(async () => {});
  await t.throwsAsync(
    steps.step(async () => {}),
    { ...REFUSED, message: /its writer is closed$/ },
  );
  t.false(await steps.abort());
});

test("abort waits for the pending step, which finds out before what cannot be undone", async (t) => {
  const steps = stepsOf();
  let proceed = (): void => {};
  const written = new Promise<void>((resolve) => {
    proceed = resolve;
  });
  const order: string[] = [];
  const closing = steps.close(async () => {
    await written;
    order.push("step");
    steps.check();
    order.push("renamed");
  });
  const aborting = steps.abort().then((isUnfinished) => order.push(`abort ${isUnfinished}`));
  proceed();
  await t.throwsAsync(closing, { ...REFUSED, message: /its writer is aborted$/ });
  await aborting;
  t.deepEqual(order, ["step", "abort true"]);
});

test("a signal ends a step with its reason, and the writer", async (t) => {
  const reason = new Error("over");
  const controller = new AbortController();
  const steps = stepsOf(controller.signal);
  await steps.step(async () => {});
  controller.abort(reason);
  t.is(await t.throwsAsync(steps.step(async () => {})), reason);
  await t.throwsAsync(
    steps.step(async () => {}),
    { ...REFUSED, message: /its writer is failed$/ },
  );
});
