/** Waits that end with a signal. */
import { getEventListeners } from "node:events";
import test from "ava";
import { orAborted } from "../src/aborted.js";

test("many waits on one signal share a listener, all of them end with it, and none is left", async (t) => {
  const controller = new AbortController();
  const { signal } = controller;
  const waits = Array.from({ length: 50 }, () => orAborted(new Promise<never>(() => {}), signal));
  const ended = orAborted(Promise.resolve(7), signal);
  t.is(getEventListeners(signal, "abort").length, 1);
  t.is(await ended, 7);
  t.is(getEventListeners(signal, "abort").length, 1);
  const reason = new Error("stopped");
  controller.abort(reason);
  for (const wait of waits) t.is(await t.throwsAsync(wait), reason);
  t.is(getEventListeners(signal, "abort").length, 0);
  t.is(await t.throwsAsync(orAborted(Promise.resolve(1), signal)), reason);
});

test("a signal without waits has no listener", async (t) => {
  const { signal } = new AbortController();
  await t.throwsAsync(orAborted(Promise.reject(new Error("lost")), signal), { message: "lost" });
  await orAborted(Promise.resolve(), signal);
  t.is(getEventListeners(signal, "abort").length, 0);
  t.is(await orAborted(Promise.resolve(3), undefined), 3);
});
