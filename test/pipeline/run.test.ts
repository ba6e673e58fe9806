import { getEventListeners } from "node:events";
import test from "ava";
import { Run } from "../../src/pipeline/run.js";

test("a run lets go of its caller's signal, which may outlive many runs", (t) => {
  const controller = new AbortController();
  const runs = Array.from({ length: 20 }, () => new Run({ signal: controller.signal }));
  t.is(getEventListeners(controller.signal, "abort").length, 20);
  for (const run of runs) run.end();
  t.is(getEventListeners(controller.signal, "abort").length, 0);
  controller.abort();
  t.true(runs.every(({ signal }) => !signal.aborted));
});
