import test from "ava";
import { CancelledError, UsageError } from "../../src/errors.js";
import { type MemoryPlan, planBackupMemory, planRestoreMemory } from "../../src/pipeline/memory.js";
import { Admission } from "../../src/service/admission.js";
import { KIB, MIB } from "../../src/units.js";

const PLAN = planBackupMemory({ blockSize: 32 * KIB, chunkSize: 50 * MIB });
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Work that ends when it is told to. */
function gate(): { readonly work: () => Promise<void>; readonly open: () => void; started: boolean } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const state = {
    started: false,
    open: () => open(),
    work: () => {
      state.started = true;
      return opened;
    },
  };
  return state;
}

test("without a limit everything runs at once", async (t) => {
  const admission = new Admission(undefined);
  const gates = Array.from({ length: 20 }, gate);
  const runs = gates.map(({ work }) => admission.run(PLAN, undefined, work));
  await settled();
  t.true(gates.every(({ started }) => started));
  for (const { open } of gates) open();
  await Promise.all(runs);
  t.is(admission.inUse, 0);
});

test("operations wait in their order until their plans fit", async (t) => {
  const admission = new Admission(2 * PLAN.total);
  const gates = Array.from({ length: 4 }, gate);
  const runs = gates.map(({ work }) => admission.run(PLAN, undefined, work));
  const started = (): boolean[] => gates.map((each) => each.started);
  await settled();
  t.deepEqual([started(), admission.inUse], [[true, true, false, false], 2 * PLAN.total]);
  gates[1]!.open();
  await settled();
  t.deepEqual(started(), [true, true, true, false]);
  gates[0]!.open();
  await settled();
  t.deepEqual(started(), [true, true, true, true]);
  for (const { open } of gates) open();
  await Promise.all(runs);
  t.is(admission.inUse, 0);
});

test("a failed operation makes room, and its failure is its caller's", async (t) => {
  const admission = new Admission(PLAN.total);
  const failure = new Error("no");
  const failing = admission.run(PLAN, undefined, () => Promise.reject(failure));
  const next = admission.run(PLAN, undefined, async () => "done");
  t.is(await t.throwsAsync(failing), failure);
  t.is(await next, "done");
});

const NEVER: readonly [plan: MemoryPlan, message: RegExp][] = [
  [
    PLAN,
    /^Cannot back up: it is planned to take \d+ bytes, and backup_max_memory is 1000; raise backup_max_memory$/,
  ],
  [
    planBackupMemory({ blockSize: 16 * MIB, chunkSize: 64 * MIB }),
    /; raise backup_max_memory or lower backup_sha_block_size_bytes$/,
  ],
  [
    planRestoreMemory({ blockSize: 32 * KIB, objectLengthMax: 50 * MIB, codecs: [] }),
    /^Cannot restore: it is planned to take \d+ bytes, and backup_max_memory is 1000; raise backup_max_memory$/,
  ],
];
for (const [index, [plan, message]] of NEVER.entries()) {
  test(`a plan that could never fit fails at once, ${index}`, async (t) => {
    const admission = new Admission(1000);
    t.throws(() => admission.check(plan), { instanceOf: UsageError, message });
    const started = gate();
    await t.throwsAsync(admission.run(plan, undefined, started.work), { instanceOf: UsageError, message });
    t.false(started.started);
  });
}

test("a plan of exactly the limit fits", async (t) => {
  t.notThrows(() => new Admission(PLAN.total).check(PLAN));
  t.throws(() => new Admission(PLAN.total - 1).check(PLAN));
});

test("cancelling ends the wait, and lets the next one in", async (t) => {
  const admission = new Admission(PLAN.total);
  const first = gate();
  const controller = new AbortController();
  const running = admission.run(PLAN, undefined, first.work);
  const waiting = admission.run(PLAN, controller.signal, async () => t.fail());
  const last = admission.run(PLAN, undefined, async () => "last");
  controller.abort(new Error("the user"));
  await t.throwsAsync(waiting, { instanceOf: CancelledError, message: "Cancelled" });
  first.open();
  await running;
  t.is(await last, "last");
});
