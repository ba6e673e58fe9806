import { getEventListeners } from "node:events";
import test from "ava";
import { Run } from "../../../src/pipeline/run/run.js";

test("a run lets go of its caller's signal, which may outlive many runs", (t) => {
  const controller = new AbortController();
  const runs = Array.from({ length: 5 }, () => new Run({ signal: controller.signal }));
  t.is(getEventListeners(controller.signal, "abort").length, 5);
  for (const run of runs) run.end();
  t.is(getEventListeners(controller.signal, "abort").length, 0);
  controller.abort();
  t.true(runs.every(({ signal }) => !signal.aborted));
});
