/** Units over a real service, with hooks that are recorded and faults where they hurt. */
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import type { HookOutcome, HookRequest, HookRunner } from "../../src/batch/hooks.js";
import { readPlan } from "../../src/batch/plan-file.js";
import type { BatchParts } from "../../src/batch/prepare.js";
import { type BatchOutcome, runBatch } from "../../src/batch/run.js";
import { StorageError } from "../../src/errors.js";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import type { CopyOutcome } from "../../src/service/requests.js";
import type { Service } from "../../src/service/service.js";
import { noise } from "../pipeline/volume-bytes.js";
import { start, type World } from "../service/fixture.js";

/** Records what happens; commands named `fail` fail. */
class Journal implements HookRunner {
  readonly entries: string[] = [];

  async run({ argv }: HookRequest): Promise<HookOutcome> {
    this.entries.push(argv.at(-1)!);
    return { failure: argv.at(-1) === "fail" ? "exit code 1" : undefined };
  }

  async arm(request: HookRequest): Promise<{ run(): Promise<HookOutcome>; follow(): void }> {
    return { run: () => this.run(request), follow: () => undefined };
  }
}

interface Site {
  readonly world: World;
  readonly journal: Journal;
  run(plan: string, changes?: Partial<Service>, resume?: boolean): Promise<BatchOutcome>;
}

async function site(t: ExecutionContext): Promise<Site> {
  const { world, service } = await start(t);
  await world.write("a.img", noise(10_000, 1));
  await world.write("b.img", noise(10_000, 2));
  const journal = new Journal();
  const run = async (plan: string, changes: Partial<Service> = {}, resume = false): Promise<BatchOutcome> => {
    const changed: Service = {
      ...service,
      createBackup: async (request) => {
        const view = await service.createBackup(request);
        journal.entries.push(`backup of ${view.volumeName}`);
        return view;
      },
      createSnapshot: async (request) => {
        const snapshot = await service.createSnapshot(request);
        journal.entries.push("snapshot");
        return snapshot;
      },
      ...changes,
    };
    const policy = {
      service: changed,
      repository: world.settings.repository,
      compression: "zlib",
      memory: 1,
    };
    const parts: BatchParts = {
      ...{ service: changed, hooks: journal, fileSystem: nodeFileSystem, clock: world.clock },
      serviceFor: async () => policy,
      copiesTo: async () => policy,
      resolvePath: (path) => join(world.directory, path),
    };
    const { signal } = new AbortController();
    return await runBatch(parts, readPlan(plan, "p.yaml"), { signal, resume, warn: (text) => t.log(text) });
  };
  return { world, journal, run };
}

const GROUP = `volumes:
  - group: db
    before: [freeze]
    after: [thaw]
    snapshot: SNAPSHOT
    volumes: [{ path: a.img }, { path: b.img, before: [flush], after: [unflush] }]
`;

const sorted = (entries: readonly string[]): string[] => [
  ...entries.slice(0, -2),
  ...entries.slice(-2).toSorted(),
];

test("a group is thawed as soon as all of its snapshots exist, and they go with the backups", async (t) => {
  const { world, journal, run } = await site(t);
  const { status, items } = await run(GROUP.replace("SNAPSHOT", "required"));
  t.is(status, "all");
  const expected = [
    "freeze",
    "flush",
    "snapshot",
    "snapshot",
    "unflush",
    "thaw",
    "backup of a.img",
    "backup of b.img",
  ];
  t.deepEqual(sorted(journal.entries), expected);
  t.deepEqual(await world.catalog.snapshots.list(), []);
  t.true(items.every(({ backupId }) => backupId !== null));
});

test("without snapshots a group stays frozen until it is backed up; where they are required, nothing is", async (t) => {
  const { world, journal, run } = await site(t);
  world.cannotFreeze = true;
  t.is((await run(GROUP.replace("SNAPSHOT", "auto"))).status, "all");
  const [freeze, flush, ...rest] = journal.entries;
  t.deepEqual([freeze, flush, ...rest.slice(-2)], ["freeze", "flush", "unflush", "thaw"]);
  t.is(rest.length, 4);
  journal.entries.length = 0;
  const { status, items } = await run(GROUP.replace("SNAPSHOT", "required"));
  t.is(status, "none");
  t.deepEqual(journal.entries, ["freeze", "flush", "unflush", "thaw"]);
  t.deepEqual(
    items.map(({ reason }) => reason),
    ["Cannot snapshot: this one cannot", "Cannot snapshot: this one cannot"],
  );
});

test("a member that cannot be found or frozen keeps the whole group from being backed up", async (t) => {
  const { journal, run } = await site(t);
  const lost = await run(
    "volumes: [{ group: g, snapshot: none, before: [freeze], volumes: [{ path: a.img }, { volume: none }] }]",
  );
  t.is(lost.status, "none");
  t.deepEqual(journal.entries, []);
  const failed = await run(GROUP.replace("SNAPSHOT", "none").replace("[flush]", "[fail]"));
  t.is(failed.status, "none");
  t.deepEqual(journal.entries, ["freeze", "fail", "unflush", "thaw"]);
});

test("an after hook that fails makes the volume fail, and nothing is deleted for it", async (t) => {
  const { journal, run, world } = await site(t);
  const plan = "volumes: [{ path: a.img, after: [AFTER], keep: { last: 1 } }]";
  t.is((await run(plan.replace("AFTER", "ok"))).status, "all");
  const { status, items } = await run(plan.replace("AFTER", "fail"));
  t.is(status, "none");
  t.regex(items[0]!.reason!, /^Cannot thaw: /);
  t.deepEqual(journal.entries, ["backup of a.img", "ok", "backup of a.img", "fail"]);
  t.is((await world.catalog.backups.list()).length, 2);
});

test("a step that fails fails its volume alone, and no older backup is deleted", async (t) => {
  const { run, world } = await site(t);
  const plan = "defaults: { verify: whole, keep: { last: 1 } }\nvolumes: [{ path: a.img }, { path: b.img }]";
  t.is((await run(plan)).status, "all");
  const verifyBackup: Service["verifyBackup"] = async ({ backup }) => {
    const { volumeId } = await world.catalog.backups.find(backup);
    if ((await world.catalog.volumes.find(volumeId)).name === "a.img")
      throw new StorageError("it cannot be read", { call: "read" });
    return { verifiedObjects: 1 } as Awaited<ReturnType<Service["verifyBackup"]>>;
  };
  world.clock.advance(1000);
  const { status, items } = await run(plan, { verifyBackup });
  t.is(status, "some");
  t.deepEqual(
    items.map(({ stage, deletedBackups }) => [stage, deletedBackups]),
    [
      ["failed", 0],
      ["done", 1],
    ],
  );
});

test("a resumed run copies what it could not copy, without another backup", async (t) => {
  const { run, world, journal } = await site(t);
  const plan = "volumes: [{ path: a.img, copy_to: elsewhere }]";
  const copyBackup = async (): Promise<never> => {
    throw new StorageError("it is full", { call: "write" });
  };
  t.is((await run(plan, { copyBackup })).status, "none");
  let copied = 0;
  const copy = async (): Promise<CopyOutcome> => ({ copiedBackups: ++copied }) as CopyOutcome;
  const { status, items } = await run(plan, { copyBackup: copy }, true);
  t.is(status, "all");
  t.is(items[0]!.copiedBackups, 1);
  t.deepEqual(journal.entries, ["backup of a.img"]);
  t.is((await world.catalog.backups.list()).length, 1);
});

test("a catalog that cannot record an item fails it, and the run ends", async (t) => {
  const { run, world } = await site(t);
  const runs = await (await world.open()).batchRuns();
  const record = async (): Promise<void> => {
    throw new StorageError("the disk is full", { call: "write" });
  };
  const { status, items } = await run("volumes: [{ path: a.img }]", {
    batchRuns: async () => ({ ...runs, record }),
  });
  t.is(status, "none");
  t.is(items[0]!.reason, "the disk is full");
  t.is((await runs.last("p"))?.holder, null);
});
