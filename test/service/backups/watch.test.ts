/** What a watch says of operations in every state of theirs, and of how each kind ends. */
import test, { type ExecutionContext } from "ava";
import type { BackupRow } from "../../../src/catalog/backups.js";
import type { OperationKind } from "../../../src/catalog/operations.js";
import { CancelledError, NotFoundError } from "../../../src/errors.js";
import type { WatchedBackup } from "../../../src/service/requests.js";
import type { Service } from "../../../src/service/service.js";
import { start, type World } from "../fixture.js";

interface Stage {
  readonly world: World;
  readonly service: Service;
  readonly backup: BackupRow;
}

async function stage(t: ExecutionContext): Promise<Stage> {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk", name: "one" });
  return { world, service, backup };
}

/** An operation of this process, half done. */
async function begin(
  { world, backup }: Stage,
  kind: OperationKind,
  status: BackupRow["status"],
  holder = "tester",
): Promise<number> {
  const { backups, operations } = world.catalog;
  await backups.update(backup.id, { status, holder });
  const lease = { kind, backupId: backup.id, volumeId: backup.volumeId, holder, slots: 1, memory: 0 };
  const { number } = await operations.add(lease);
  await operations.start(number);
  const done = { stage: "running", bytesDone: 40, bytesTotal: 100, storedBytes: 30, bytesPerSecond: 7 };
  await operations.beat(number, done);
  return number;
}

/** All points of a watch; `end` is called after the first. */
async function watched({ service, backup }: Stage, end: () => Promise<unknown>): Promise<WatchedBackup[]> {
  const points: WatchedBackup[] = [];
  for await (const point of service.watchBackup(backup.id, { intervalMs: 1 })) {
    points.push(point);
    if (points.length === 1) await end();
  }
  return points;
}

type Ending = (stage: Stage) => Promise<unknown>;
const set =
  (changes: Partial<Omit<BackupRow, "id" | "createdAt">>): Ending =>
  ({ world, backup }) =>
    world.catalog.backups.update(backup.id, { holder: null, ...changes });
const remove: Ending = ({ world, backup }) => world.catalog.backups.remove(backup.id);
const restored: Ending = (site) => set({ status: "available", restoreVolumeId: site.backup.volumeId })(site);

const ENDS: readonly [OperationKind, BackupRow["status"], Ending, WatchedBackup["outcome"], RegExp?][] = [
  ["backup", "creating", set({ status: "available" }), "done"],
  ["backup", "creating", set({ status: "error", failReason: "no space" }), "failed", /^no space$/],
  ["backup", "creating", remove, "stopped", /gone/],
  ["backup", "creating", set({ status: "deleting" }), "stopped", /being deleted/],
  ["restore", "restoring", restored, "done"],
  ["restore", "restoring", set({ status: "available", failReason: "bad block" }), "failed", /^bad block$/],
  ["restore", "restoring", set({ status: "available" }), "stopped", /the restore was stopped/],
  ["consolidate", "consolidating", set({ status: "available", parentId: null }), "done"],
  ["consolidate", "consolidating", set({ status: "available", parentId: "p" }), "failed", /as it was/],
  ["delete", "deleting", remove, "done"],
  ["delete", "deleting", set({ status: "error_deleting", failReason: "busy" }), "failed", /^busy$/],
  ["verify", "available", set({}), "unknown", /only the command that runs a verification/],
];

for (const [kind, status, end, outcome, reason = /^$/] of ENDS) {
  test(`${kind}: ${outcome}, ${reason.source}`, async (t) => {
    const site = await stage(t);
    const number = await begin(site, kind, status);
    const points = await watched(site, async () => {
      await end(site);
      await site.world.catalog.operations.remove(number);
    });
    t.is(points.length, 2);
    const half = { bytesDone: 40, bytesTotal: 100, storedBytes: 30, bytesPerSecond: 7, queuePosition: 0 };
    t.like(points[0], { ...half, kind, stage: "running", outcome: undefined, reason: undefined });
    t.like(points[1], { kind, stage: "ended", outcome, bytesDone: outcome === "done" ? 100 : 40 });
    t.regex(points[1]!.reason ?? "", reason);
  });
}

test("points follow the catalog; one that waits has its place among those that do", async (t) => {
  const site = await stage(t);
  const { operations } = site.world.catalog;
  const lease = { holder: "tester", slots: 1, memory: 0 };
  const other = await operations.add({ kind: "backup", ...lease });
  const { number } = await operations.add({ kind: "restore", backupId: site.backup.id, ...lease });
  const steps = [
    () => operations.remove(other.number),
    () => operations.start(number),
    () =>
      operations.beat(number, {
        ...{ stage: "completing", bytesDone: 9, bytesTotal: 9 },
        storedBytes: 0,
        bytesPerSecond: 0,
      }),
    () => operations.remove(number),
  ];
  const seen: [string, number, number][] = [];
  for await (const { stage, queuePosition, bytesDone } of site.service.watchBackup("one", {
    intervalMs: 1,
  })) {
    seen.push([stage, queuePosition, bytesDone]);
    await steps.shift()?.();
  }
  t.deepEqual(seen.slice(0, 4), [
    ["waiting", 2, 0],
    ["waiting", 1, 0],
    ["running", 0, 0],
    ["completing", 0, 9],
  ]);
});

test("where nothing is under way the backup's status says how things stand", async (t) => {
  const site = await stage(t);
  const one = async (): Promise<WatchedBackup | undefined> => (await watched(site, async () => undefined))[0];
  t.like(await one(), { kind: undefined, outcome: "done", reason: undefined });
  await set({ status: "error", failReason: "no space" })(site);
  t.like(await one(), { kind: undefined, outcome: "failed", reason: "no space" });
});

test("an operation whose process died is repaired, and has failed", async (t) => {
  const site = await stage(t);
  site.world.alive.add("victim");
  await begin(site, "backup", "creating", "victim");
  const points = await watched(site, async () => {
    site.world.alive.delete("victim");
    site.world.clock.advance(2000);
  });
  t.like(points.at(-1), { outcome: "failed", reason: "incomplete backup reset on manager restart" });
});

test("a signal ends the watch, and nothing else", async (t) => {
  const site = await stage(t);
  const number = await begin(site, "backup", "creating");
  const controller = new AbortController();
  const watch = site.service.watchBackup("one", { signal: controller.signal, intervalMs: 60_000 });
  await watch.next();
  const next = watch.next();
  controller.abort();
  await t.throwsAsync(next, { instanceOf: CancelledError });
  t.is((await site.world.catalog.operations.list())[0]?.number, number);
  t.is((await site.world.catalog.operations.list())[0]?.cancelReason, null);
  await t.throwsAsync(site.service.watchBackup("none").next(), { instanceOf: NotFoundError });
});
