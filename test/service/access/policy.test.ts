/** Every call of the service, by callers of every kind: what the policy says, and what is there for whom. */
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { ForbiddenError, isAshlarError, NotFoundError, UsageError } from "../../../src/errors.js";
import { type Caller, OPERATOR } from "../../../src/service/access/caller.js";
import type { BackupView } from "../../../src/service/requests.js";
import type { Service } from "../../../src/service/service.js";
import type { VolumeOutput } from "../../../src/sources/volume.js";
import { firstDifference } from "../../pipeline/world.js";
import { start, World } from "../fixture.js";

type Call = Exclude<
  keyof Service,
  "caller" | "as" | "withSettings" | "close" | "monitor" | "blockStorage" | "resume"
>;
/** Calls of which the action depends on what is asked for. */
type Variant =
  | "deleteBackup by force"
  | "createBackup of a path"
  | "createBackup of a snapshot"
  | "restoreBackup to a path"
  | "restoreBackup over a volume"
  | "createSnapshot of a view"
  | "updateVolume to a path"
  | "pruneBackups dry"
  | "listSnapshots of a volume";

interface Site {
  readonly world: World;
  readonly view: BackupView;
  /** Of a free file. */
  readonly path: string;
}

interface Row {
  /** `done`, `empty` for a list of nothing, or the code of the refusal. */
  readonly expected: string;
  readonly ask: (service: Service, site: Site) => Promise<unknown>;
}

const row = (expected: string, ask: Row["ask"]): Row => ({ expected, ask });
const allProjects = true;
const NOWHERE: VolumeOutput = { write: async () => undefined, finish: async () => undefined };

// biome-ignore format: it is a table
const CALLS: Readonly<Record<Call | Variant, Row>> = {
  //                                      reader     member    other     admin elsewhere
  createVolume:                       row("forbidden forbidden forbidden done", (s, { path }) => s.createVolume({ name: "new", source: path })),
  updateVolume:                       row("forbidden done      not-found done", (s) => s.updateVolume({ volume: "disk", name: "new" })),
  "updateVolume to a path":           row("forbidden forbidden forbidden done", (s, { path }) => s.updateVolume({ volume: "disk", source: path })),
  listVolumes:                        row("done      done      empty     done", (s) => s.listVolumes({ allProjects })),
  findVolume:                         row("done      done      not-found done", (s) => s.findVolume("disk")),
  deleteVolume:                       row("forbidden done      not-found done", (s) => s.deleteVolume("disk")),
  createSnapshot:                     row("forbidden done      not-found done", (s) => s.createSnapshot({ volume: "disk", name: "new" })),
  "createSnapshot of a view":         row("forbidden forbidden forbidden done", (s, { path }) => s.createSnapshot({ volume: "disk", source: path })),
  listSnapshots:                      row("done      done      empty     done", (s) => s.listSnapshots(undefined, { allProjects })),
  "listSnapshots of a volume":        row("done      done      not-found done", (s) => s.listSnapshots("disk", { allProjects })),
  findSnapshot:                       row("done      done      not-found done", (s) => s.findSnapshot("frozen")),
  updateSnapshot:                     row("forbidden done      not-found done", (s) => s.updateSnapshot({ snapshot: "frozen", name: "ice" })),
  deleteSnapshot:                     row("forbidden done      not-found done", (s) => s.deleteSnapshot("frozen")),
  batchRuns:                          row("forbidden done      done      done", (s) => s.batchRuns()),
  releaseHold:                        row("forbidden forbidden forbidden done", (s, { view }) => s.releaseHold(view.backup.id)),
  fleet:                              row("forbidden forbidden forbidden done", (s) => s.fleet()),
  history:                            row("forbidden forbidden forbidden done", (s) => s.history()),
  queueBackup:                        row("forbidden done      not-found done", (s) => s.queueBackup({ volume: "disk" })),
  queueRestore:                       row("forbidden done      not-found done", (s) => s.queueRestore({ backup: "monday" })),
  copyBackup:                         row("forbidden usage     not-found usage", (s) => s.copyBackup({ backup: "monday" })),
  createBackup:                       row("forbidden done      not-found done", (s) => s.createBackup({ volume: "disk" })),
  "createBackup of a path":           row("forbidden not-found not-found done", (s, { path }) => s.createBackup({ volume: path })),
  "createBackup of a snapshot":       row("forbidden done      not-found done", (s) => s.createBackup({ volume: "disk", snapshot: "frozen" })),
  listBackups:                        row("done      done      empty     done", (s) => s.listBackups({ allProjects })),
  findBackup:                         row("done      done      not-found done", (s) => s.findBackup("monday")),
  watchBackup:                        row("done      done      not-found done", async (s) => { for await (const _ of s.watchBackup("monday")); }),
  updateBackup:                       row("forbidden done      not-found done", (s) => s.updateBackup({ backup: "monday", name: "day" })),
  resetBackup:                        row("forbidden forbidden forbidden done", (s) => s.resetBackup("monday", "error")),
  resetVolume:                        row("forbidden forbidden forbidden done", (s) => s.resetVolume("disk", "error")),
  listOperations:                     row("done      done      empty     done", (s) => s.listOperations()),
  cancelOperation:                    row("forbidden done      not-found done", cancelWaiting),
  deleteBackup:                       row("forbidden done      not-found done", (s) => s.deleteBackup("monday")),
  "deleteBackup by force":            row("forbidden forbidden forbidden done", (s) => s.deleteBackup("monday", { force: true })),
  findChainOf:                        row("done      done      not-found done", (s) => s.findChainOf("monday")),
  pruneBackups:                       row("forbidden done      empty     done", (s) => s.pruneBackups({ last: 1, allProjects })),
  "pruneBackups dry":                 row("done      done      empty     done", (s) => s.pruneBackups({ last: 1, allProjects, dryRun: true })),
  restoreBackup:                      row("forbidden done      not-found done", (s) => s.restoreBackup({ backup: "monday", volume: "copy" })),
  "restoreBackup to a path":          row("forbidden forbidden not-found done", (s) => s.restoreBackup({ backup: "monday", volume: "./copy.img" })),
  "restoreBackup over a volume":      row("forbidden done      not-found done", (s) => s.restoreBackup({ backup: "monday", volume: "disk", force: true })),
  streamBackup:                       row("forbidden done      not-found done", (s) => s.streamBackup({ backup: "monday", output: NOWHERE })),
  verifyBackup:                       row("forbidden done      not-found done", (s) => s.verifyBackup({ backup: "monday" })),
  compareBackup:                      row("forbidden done      not-found done", (s) => s.compareBackup({ backup: "monday", volume: "disk" })),
  consolidateBackup:                  row("forbidden done      not-found done", consolidateNext),
  exportRecord:                       row("forbidden forbidden forbidden done", (s) => s.exportRecord("monday")),
  exportRecords:                      row("forbidden forbidden forbidden done", (s) => s.exportRecords()),
  importRecord:                       row("forbidden forbidden forbidden done", importLost),
  importRecords:                      row("forbidden forbidden forbidden done", (s, site) => importLost(s, site, true)),
  scanRepository:                     row("forbidden forbidden forbidden done", (s) => s.scanRepository()),
  cleanRepository:                    row("forbidden forbidden forbidden empty", (s) => s.cleanRepository({ remove: true })),
  checkRepository:                    row("forbidden forbidden forbidden done", (s) => s.checkRepository()),
};

const CALLERS: readonly Caller[] = [
  { userId: "rita", projectId: "p1", roles: ["reader"] },
  { userId: "olga", projectId: "p1", roles: ["member"] },
  { userId: "otto", projectId: "p2", roles: ["member"] },
  { userId: "anna", projectId: "ops", roles: ["admin"] },
];
const [, OWNER, OTHER, ADMIN] = CALLERS as [Caller, Caller, Caller, Caller];

/** A backup that the catalog has lost; its record was taken before. */
async function importLost(service: Service, { world, view }: Site, isMany = false): Promise<unknown> {
  const operator = await world.open();
  const known = await world.catalog.backups.byId(view.backup.id);
  const record = known === undefined ? LOST.get(world)! : await operator.exportRecord(view.backup.id);
  LOST.set(world, record);
  await world.catalog.backups.remove(view.backup.id);
  return isMany ? await service.importRecords({ records: [record] }) : await service.importRecord(record);
}

/** There is something to consolidate only on top of `monday`. */
async function consolidateNext(service: Service, { world }: Site): Promise<unknown> {
  const owner = (await world.open()).as({ ...OWNER, roles: ["admin"] });
  const { length } = await owner.listBackups();
  const name = `next-${length}`;
  await world.backup(owner, { volume: "disk", name, incremental: true });
  return await service.consolidateBackup({ backup: name });
}

/** A verification that waits, and ends when it is asked to. */
async function cancelWaiting(service: Service, { world, view }: Site): Promise<unknown> {
  const { operations } = world.catalog;
  const lease = { holder: "tester", slots: 0, memory: 0 };
  const { number } = await operations.add({ kind: "verify", backupId: view.backup.id, ...lease });
  let isDone = false;
  const cancelled = service.cancelOperation(number).finally(() => {
    isDone = true;
  });
  const obey = async (): Promise<void> => {
    while (!isDone) {
      const row = (await operations.list()).find((each) => each.number === number);
      if (row !== undefined && row.cancelReason !== null) await operations.remove(number);
      await sleep(5);
    }
  };
  const [outcome] = await Promise.allSettled([cancelled, obey()]);
  await operations.remove(number);
  if (outcome.status === "rejected") throw outcome.reason;
  return outcome.value;
}

const LOST = new WeakMap<World, { backup_service: string; backup_url: string }>();

/** Volume `disk`, snapshot `frozen` and backup `monday`, with something under way, of project `p1`. */
async function site(t: ExecutionContext): Promise<Site & { readonly service: Service }> {
  const world = await World.create(t);
  const service = await world.open();
  const source = await world.write("disk.img", new Uint8Array(40_000).fill(7));
  const path = await world.write("free.img", new Uint8Array(40_000).fill(8));
  const owner = service.as({ ...OWNER, roles: ["admin"] });
  await owner.createVolume({ name: "disk", source });
  await owner.createSnapshot({ volume: "disk", name: "frozen" });
  const view = await world.backup(owner, { volume: "disk", name: "monday" });
  return { world, service, view, path };
}

async function outcomeOf(asked: Promise<unknown>): Promise<string> {
  try {
    const answer = await asked;
    return Array.isArray(answer) && answer.length === 0 ? "empty" : "done";
  } catch (error) {
    if (!isAshlarError(error)) throw error;
    return error.code;
  }
}

for (const [name, { expected, ask }] of Object.entries(CALLS)) {
  const outcomes = expected.trim().split(/\s+/);
  test(`policy: ${name}`, async (t) => {
    let location = await site(t);
    for (const index of [2, 0, 1, 3]) {
      const caller = CALLERS[index]!;
      if (name === "listOperations") {
        const { backup } = location.view;
        const lease = { holder: "tester", slots: 0, memory: 0 };
        await location.world.catalog.operations.add({ kind: "backup", backupId: backup.id, ...lease });
      }
      const outcome = await outcomeOf(ask(location.service.as(caller), location));
      t.is(outcome, outcomes[index]!, `${name} by ${caller.userId}`);
      // Whoever comes next finds things as they were.
      if (outcome === "done") location = await site(t);
    }
  });
}

test("every call is in the table, and is bound", async (t) => {
  const { service } = await start(t);
  const unguarded = ["as", "blockStorage", "caller", "close", "monitor", "resume", "withSettings"];
  const calls = Object.keys(service).filter((name) => !unguarded.includes(name));
  const tested = Object.keys(CALLS).filter((name) => !name.includes(" "));
  t.deepEqual(calls.sort(), tested.sort());
  t.is(service.caller, OPERATOR);
  t.is(service.as(OTHER).caller, OTHER);
});

test("refusals name the action, never what another project has", async (t) => {
  const { service, view } = await site(t);
  const other = service.as(OTHER);
  await t.throwsAsync(other.deleteBackup(view.backup.id), {
    instanceOf: NotFoundError,
    message: `No backup with a name or ID of "${view.backup.id}" exists`,
  });
  await t.throwsAsync(other.exportRecord(view.backup.id), {
    instanceOf: ForbiddenError,
    message:
      "Policy doesn't allow backup:export-import to be performed. User otto: it takes role admin in project p2",
  });
  const marked = other.listBackups({ marker: view.backup.id });
  await t.throwsAsync(marked, { instanceOf: NotFoundError });
  await t.throwsAsync(service.as({ ...OTHER, roles: ["nobody"] }).listBackups(), {
    instanceOf: ForbiddenError,
  });
});

test("what is made belongs to whom it was made for", async (t) => {
  const { world, service } = await site(t);
  const { volume } = await service.as(OWNER).restoreBackup({ backup: "monday", volume: "copy" });
  t.like(volume, { userId: "olga", projectId: "p1" });
  const { backup } = await world.backup(service.as(ADMIN), { volume: "disk", name: "of-ops" });
  t.like(backup, { userId: "anna", projectId: "ops" });
  t.deepEqual(
    (await service.as(OWNER).listBackups()).map(({ backup: { name } }) => name),
    ["monday"],
  );
  const snapshot = await service.as(OWNER).createSnapshot({ volume: "disk", name: "cold" });
  t.like(snapshot, { userId: "olga", projectId: "p1" });
});

test("lists are of the caller's project; all of them where an admin asks for all", async (t) => {
  const { service } = await site(t);
  const admin = service.as(ADMIN);
  t.deepEqual(await admin.listBackups(), []);
  t.deepEqual(await admin.listVolumes(), []);
  t.deepEqual(await admin.listSnapshots(), []);
  t.is((await admin.listBackups({ allProjects })).length, 1);
  t.is((await service.as(OWNER).listBackups({ allProjects })).length, 1);
});

test("a name means the caller's own; an admin finds another project's where it has none", async (t) => {
  const { world, service, path } = await site(t);
  const admin = service.as(ADMIN);
  t.is((await admin.findVolume("disk")).projectId, "p1");
  await admin.createVolume({ name: "disk", source: path });
  t.is((await admin.findVolume("disk")).projectId, "ops");
  t.is((await service.as(OWNER).findVolume("disk")).projectId, "p1");
  await t.throwsAsync(
    world.open().then((operator) => operator.findVolume("disk")),
    {
      instanceOf: UsageError,
      message: /More than one volume exists/,
    },
  );
});

test("an incremental is based on the project's own backups", async (t) => {
  const { world, service, view } = await site(t);
  const admin = service.as(ADMIN);
  await t.throwsAsync(admin.createBackup({ volume: "disk", incremental: true }), {
    message: /No backups available to do an incremental backup/,
  });
  const child = await world.backup(service.as(OWNER), { volume: "disk", incremental: true });
  t.is(child.backup.parentId, view.backup.id);
});

test("others learn of a path neither whether it is there nor whose it is", async (t) => {
  const { world, service, path } = await site(t);
  const other = service.as(OTHER);
  const missing = join(world.directory, "missing");
  for (const volume of [path, missing, join(world.directory, "disk.img")]) {
    await t.throwsAsync(other.createBackup({ volume }), { instanceOf: NotFoundError });
  }
  const elsewhere = service.as({ ...OTHER, roles: ["member"] });
  await t.throwsAsync(elsewhere.restoreBackup({ backup: "monday", volume: path }), {
    instanceOf: NotFoundError,
  });
  t.deepEqual(await fs.readFile(path), Buffer.alloc(40_000, 8));
});

test("roles can be set for an action", async (t) => {
  const { world, view } = await site(t);
  const service = await world.open({ policy: { "backup:export-import": "member" } });
  t.truthy((await service.as(OWNER).exportRecord(view.backup.id)).backup_url);
  await t.throwsAsync(service.as(OTHER).exportRecord(view.backup.id), { instanceOf: NotFoundError });
});

test("a caller that could not be recorded is refused; closing a bound service closes nothing", async (t) => {
  const { service } = await site(t);
  for (const projectId of ["", "a\nb", "x".repeat(256)]) {
    t.throws(() => service.as({ ...OTHER, projectId }), { instanceOf: UsageError });
  }
  await service.as(OTHER).close();
  t.is((await service.listVolumes({ allProjects })).length, 1);
});

test("a repository that was scanned belongs to the caller, or to whom its volumes belonged", async (t) => {
  const { world, view } = await site(t);
  const { repository } = world.settings;
  const lost = async (): Promise<Service> => {
    const other = await World.create(t);
    return (await other.open({ settings: { repository } })).as(ADMIN);
  };
  const taken = await lost();
  await taken.scanRepository();
  t.like((await taken.findBackup("monday")).backup, { userId: "anna", projectId: "ops" });
  const kept = await lost();
  await kept.scanRepository({ keepOwner: true });
  t.like((await kept.findBackup("monday")).backup, { userId: "olga", projectId: "p1" });
  t.like(await kept.findVolume(view.backup.volumeId), { userId: "olga", projectId: "p1" });
  const { volume } = await kept.as(OWNER).restoreBackup({ backup: "monday", volume: "again" });
  t.is(firstDifference(await fs.readFile(volume.source!), new Uint8Array(40_000).fill(7)), -1);
});
