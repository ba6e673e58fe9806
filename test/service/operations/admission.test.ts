/** The door of one service; test/recovery has many processes before it. */
import test, { type ExecutionContext } from "ava";
import type { Catalog } from "../../../src/catalog/catalog.js";
import { CancelledError, UsageError } from "../../../src/errors.js";
import { type MemoryPlan, planBackupMemory, planRestoreMemory } from "../../../src/pipeline/memory/plan.js";
import { startProgress } from "../../../src/pipeline/run/run.js";
import type { ServiceParts } from "../../../src/service/host.js";
import { Admission } from "../../../src/service/operations/admission.js";
import { checkPlan, type Limits, queuePositionOf } from "../../../src/service/operations/limits.js";
import { KIB, MIB } from "../../../src/units.js";
import { createCatalog, DRIVERS, type ManualClock } from "../../catalog/fixture.js";

const PLAN = planBackupMemory({ blockSize: 32 * KIB, chunkSize: 50 * MIB });
const NO_LIMITS: Limits = { maxOperations: 0, maxMemory: undefined };
const BACKUP = { kind: "backup", plan: PLAN } as const;

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

interface Door {
  readonly catalog: Catalog;
  open(limits: Partial<Limits>, holder?: string): Admission;
  /** Holders that count as alive. */
  readonly alive: Set<string>;
  readonly clock: ManualClock;
}

async function door(t: ExecutionContext): Promise<Door> {
  const { catalog, clock } = await createCatalog(t, DRIVERS[0]!);
  const made: Door = {
    catalog,
    alive: new Set(["me", "other"]),
    clock,
    open(limits, holder = "me") {
      const host = {
        holder,
        clock: { now: () => clock.now(), monotonicMs: () => performance.now() },
        random: Math.random,
        announce: async () => undefined,
        isAlive: async (name: string) => made.alive.has(name),
        every(intervalMs: number, tick: () => void) {
          const timer = setInterval(tick, intervalMs / 10);
          return () => clearInterval(timer);
        },
      };
      return new Admission({ catalog, host } as unknown as ServiceParts, { ...NO_LIMITS, ...limits });
    },
  };
  return made;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
}

const running = async ({ catalog }: Door): Promise<number> =>
  (await catalog.operations.list()).filter(({ state }) => state === "running").length;

test("without a limit everything runs at once", async (t) => {
  const site = await door(t);
  const admission = site.open({});
  const gates = Array.from({ length: 20 }, gate);
  const runs = gates.map(({ work }) => admission.run(BACKUP, work));
  await until(() => gates.every(({ started }) => started));
  t.is(await running(site), 20);
  for (const { open } of gates) open();
  await Promise.all(runs);
  t.deepEqual(await site.catalog.operations.list(), []);
});

for (const limits of [{ maxMemory: 2 * PLAN.total }, { maxOperations: 2 }]) {
  test(`operations wait in their order until there is room: ${Object.keys(limits)[0]}`, async (t) => {
    const site = await door(t);
    const gates = Array.from({ length: 4 }, gate);
    const progress = gates.map(() => startProgress());
    const runs: Promise<void>[] = [];
    for (const [index, { work }] of gates.entries()) {
      // Two services, as two processes have them.
      const admission = site.open(limits, index % 2 === 0 ? "me" : "other");
      runs.push(admission.run({ ...BACKUP, progress: progress[index] }, work));
      await until(async () => (await site.catalog.operations.list()).length === index + 1);
    }
    const started = (): boolean[] => gates.map((each) => each.started);
    await until(() => progress[3]!.queuePosition === 2);
    t.deepEqual(started(), [true, true, false, false]);
    t.deepEqual(
      progress.map(({ stage, queuePosition }) => [stage, queuePosition]),
      [
        ["running", 0],
        ["running", 0],
        ["waiting", 1],
        ["waiting", 2],
      ],
    );
    gates[1]!.open();
    await until(() => gates[2]!.started);
    t.deepEqual(started(), [true, true, true, false]);
    gates[0]!.open();
    await until(() => gates[3]!.started);
    for (const { open } of gates) open();
    await Promise.all(runs);
    t.deepEqual(await site.catalog.operations.list(), []);
  });
}

test("what takes nothing of a limit waits for nobody", async (t) => {
  const site = await door(t);
  const admission = site.open({ maxOperations: 1 });
  const [first, second] = [gate(), gate()];
  const one = admission.run(BACKUP, first.work);
  const two = admission.run(BACKUP, second.work);
  t.is(await admission.run({ kind: "verify", plan: PLAN }, async () => "verified"), "verified");
  t.is(await admission.run({ kind: "delete" }, async () => "deleted"), "deleted");
  t.false(second.started);
  first.open();
  second.open();
  await Promise.all([one, two]);
});

test("a failed operation makes room, and its failure is its caller's", async (t) => {
  const admission = (await door(t)).open({ maxOperations: 1 });
  const failure = new Error("no");
  const failing = admission.run(BACKUP, () => Promise.reject(failure));
  const next = admission.run(BACKUP, async () => "done");
  t.is(await t.throwsAsync(failing), failure);
  t.is(await next, "done");
});

test("nobody waits for a dead process", async (t) => {
  const site = await door(t);
  const held = gate();
  void site.open({ maxOperations: 1 }, "other").run(BACKUP, held.work);
  await until(() => held.started);
  site.alive.delete("other");
  t.is(await site.open({ maxOperations: 1 }).run(BACKUP, async () => "done"), "done");
  held.open();
});

test("a process that was taken for dead ends its work", async (t) => {
  const site = await door(t);
  let reason: unknown;
  const lost = site.open({}).run(BACKUP, async ({ signal }) => {
    const [row] = await site.catalog.operations.list();
    await site.catalog.operations.remove(row!.number);
    await until(() => signal.aborted);
    reason = signal.reason;
  });
  await lost;
  t.true(reason instanceof CancelledError);
  t.regex((reason as Error).message, /its lease was lost/);
});

test("leases are renewed, and tell how far the work is", async (t) => {
  const site = await door(t);
  const progress = startProgress();
  await site.open({}).run({ ...BACKUP, progress }, async () => {
    Object.assign(progress, { bytesTotal: 100, bytesDone: 40, storedBytes: 7 });
    site.clock.advance(5000);
    await until(async () => (await site.catalog.operations.list())[0]!.bytesDone === 40);
    const [row] = await site.catalog.operations.list();
    t.like(row, { stage: "running", bytesTotal: 100, storedBytes: 7, heartbeatAt: site.clock.now() });
  });
});

test("another process ends an operation by its backup", async (t) => {
  const site = await door(t);
  const request = { ...BACKUP, backupId: "b" };
  const stopped = site.open({}).run(request, async ({ signal }) => {
    t.is(await site.catalog.operations.cancel("b", "no longer wanted"), 1);
    await until(() => signal.aborted);
    signal.throwIfAborted();
  });
  await t.throwsAsync(stopped, { instanceOf: CancelledError, message: "Cancelled: no longer wanted" });
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
    const site = await door(t);
    const admission = site.open({ maxMemory: 1000 });
    const refused = admission.run({ kind: "backup", plan }, async () => t.fail());
    await t.throwsAsync(refused, { instanceOf: UsageError, message });
    t.deepEqual(await site.catalog.operations.list(), []);
  });
}

test("a plan of exactly the limit fits", (t) => {
  t.notThrows(() => checkPlan(PLAN, { maxMemory: PLAN.total }));
  t.throws(() => checkPlan(PLAN, { maxMemory: PLAN.total - 1 }));
});

test("cancelling ends the wait, and lets the next one in", async (t) => {
  const site = await door(t);
  const admission = site.open({ maxOperations: 1 });
  const first = gate();
  const controller = new AbortController();
  const holding = admission.run(BACKUP, first.work);
  await until(() => first.started);
  const waiting = admission.run({ ...BACKUP, signal: controller.signal }, async () => t.fail());
  await until(async () => (await site.catalog.operations.list()).length === 2);
  const last = admission.run(BACKUP, async () => "last");
  controller.abort(new Error("the user"));
  await t.throwsAsync(waiting, { instanceOf: CancelledError, message: "Cancelled" });
  first.open();
  await holding;
  t.is(await last, "last");
});

const row = (number: number, state: "waiting" | "running", slots = 1, memory = 10) =>
  ({ number, state, slots, memory }) as const;

const POSITIONS: readonly [title: string, limits: Partial<Limits>, position: number][] = [
  ["two run, two wait before", { maxOperations: 3 }, 3],
  ["no limit", {}, 0],
  ["memory alone", { maxMemory: 1000 }, 3],
];
for (const [title, limits, position] of POSITIONS) {
  test(`position in the queue: ${title}`, (t) => {
    const own = row(5, "waiting");
    const others = [row(1, "running"), row(2, "running"), row(3, "waiting"), row(4, "waiting")];
    t.is(queuePositionOf([...others, own, row(6, "waiting")], own, { ...NO_LIMITS, ...limits }), position);
  });
}

test("position in the queue: first, with and without room", (t) => {
  const own = row(2, "waiting");
  const limits = { maxOperations: 2, maxMemory: 25 };
  t.is(queuePositionOf([row(1, "running"), own], own, limits), 0);
  t.is(queuePositionOf([row(1, "running", 1, 20), own], own, limits), 1);
  t.is(queuePositionOf([row(1, "running", 2, 1), own], own, limits), 1);
});

const SCOPED: Limits = {
  ...NO_LIMITS,
  maxOperations: 3,
  scoped: [
    { scope: "project", name: "*", maxOperations: 1, maxMemory: null },
    { scope: "project", name: "big", maxOperations: 2, maxMemory: null },
    { scope: "store", name: "s3://slow", maxOperations: null, maxMemory: 15 },
    { scope: "host", name: "paused", maxOperations: 0, maxMemory: null },
  ],
};

test("who waits for the limit of a project, a store or a host is overtaken by those that it does not concern", (t) => {
  const running = { ...row(1, "running"), projectId: "a" };
  const behind = { ...row(2, "waiting"), projectId: "a" };
  const next = { ...row(3, "waiting"), projectId: "b", repository: "s3://slow" };
  const later = { ...row(4, "waiting"), projectId: "big", repository: "s3://slow" };
  const last = { ...row(5, "waiting"), projectId: "big" };
  const all = [running, behind, next, later, last];
  const positionOf = (own: (typeof all)[number], rows = all): number => queuePositionOf(rows, own, SCOPED);
  t.is(positionOf(behind), 1, "its project has its one place taken");
  t.is(positionOf(next), 0, "of another project");
  t.is(positionOf(last), 4, "what may begin before it comes first");
  const begun = [running, behind, { ...next, state: "running" as const }, later, last];
  t.is(positionOf(later, begun), 2, "the store has no memory left");
  t.is(positionOf(last, begun), 0, "of another store");
  const full = [
    ...begun.slice(0, 3),
    { ...last, number: 4, state: "running" as const },
    { ...last, number: 6 },
  ];
  t.is(positionOf(full[4]!, full), 2, "three run");
  const paused = { ...row(7, "waiting"), projectId: "a", host: "paused" };
  t.is(positionOf(paused, [paused]), 1);
});

test("a queued operation holds its place while a worker can take it", (t) => {
  const queued = { ...row(2, "waiting"), holder: "parked" };
  const own = row(3, "waiting");
  const rows = [row(1, "running"), queued, own];
  const limits = { ...NO_LIMITS, maxOperations: 2 };
  t.is(queuePositionOf(rows, own, limits, { isServed: () => true }), 2);
  t.is(queuePositionOf(rows, own, limits), 0, "nobody serves it");
  t.is(
    queuePositionOf(rows, own, { ...limits, maxOperations: 3 }, { isServed: () => true }),
    0,
    "room for both",
  );
});
