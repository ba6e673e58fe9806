/** One Cinder for all tests of a file: starting one takes seconds, and ids keep the tests apart. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestFn } from "ava";
import { Cinder } from "./cinder.js";

/** Starts it before the file's first test and ends it after the last. Valid within tests. */
export function useCinder(test: TestFn): { readonly cinder: Cinder } {
  let started: { cinder: Cinder; state: string } | undefined;
  test.before(async () => {
    const state = await mkdtemp(join(tmpdir(), "ashlar-cinder-"));
    started = { cinder: new Cinder(join(state, "state.sqlite")), state };
  });
  test.after.always(async () => {
    await started?.cinder.close();
    if (started !== undefined) await rm(started.state, { recursive: true, force: true });
  });
  return {
    get cinder(): Cinder {
      if (started === undefined) throw new Error("Cannot use Cinder: no test of the file has started");
      return started.cinder;
    },
  };
}
