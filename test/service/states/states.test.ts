/** Every event in every status, on rows of a catalog: what follows, or what is said. */
import test, { type ExecutionContext } from "ava";
import { type BackupStatus, LIVE_BACKUP_STATUSES } from "../../../src/catalog/backups.js";
import type { CatalogRow, Rows } from "../../../src/catalog/rows.js";
import type { SnapshotStatus } from "../../../src/catalog/snapshots.js";
import type { VolumeStatus } from "../../../src/catalog/volumes.js";
import { InvalidStateError } from "../../../src/errors.js";
import type { StateMachine } from "../../../src/service/states/state-machine.js";
import {
  BACKUP_STATES,
  type BackupEvent,
  SNAPSHOT_STATES,
  type SnapshotEvent,
  VOLUME_STATES,
  type VolumeEvent,
} from "../../../src/service/states/states.js";
import { createCatalog, DRIVERS, newBackup, newVolume, type TestCatalog } from "../../catalog/fixture.js";

/** What follows each status, by event: `-` refused, `=` allowed without a change. */
type Table<Status extends string, Event extends string> = Readonly<
  Record<Event, Readonly<Record<Status, string>>>
>;

/** Lines of statuses under a heading of them. */
function row<Status extends string>(statuses: readonly Status[], cells: string): Record<Status, string> {
  const words = cells.trim().split(/\s+/);
  return Object.fromEntries(statuses.map((status, index) => [status, words[index]!])) as Record<
    Status,
    string
  >;
}

const BACKUP_STATUSES: readonly BackupStatus[] = [...LIVE_BACKUP_STATUSES, "deleted"];
const backupRow = (cells: string): Record<BackupStatus, string> => row(BACKUP_STATUSES, cells);

// biome-ignore format: it is a table
const BACKUPS: Table<BackupStatus, BackupEvent> = {
  //                            creating   available      restoring  consolidating deleting        error     error_deleting deleted
  complete:          backupRow("available  -              -          -             -               -         -              -"),
  fail:              backupRow("error      -              -          -             -               -         -              -"),
  restore:           backupRow("-          restoring      -          -             -               -         -              -"),
  restored:          backupRow("-          -              available  -             -               -         -              -"),
  consolidate:       backupRow("-          consolidating  -          -             -               -         -              -"),
  consolidated:      backupRow("-          -              -          available     -               -         -              -"),
  verify:            backupRow("-          =              =          =             -               -         -              -"),
  export:            backupRow("-          =              -          -             -               -         -              -"),
  base:              backupRow("-          =              =          =             -               -         -              -"),
  delete:            backupRow("-          deleting       -          -             -               deleting  deleting       -"),
  "force-delete":    backupRow("deleting   deleting       deleting   deleting      deleting        deleting  deleting       -"),
  "fail-delete":     backupRow("-          -              -          -             error_deleting  -         -              -"),
  remove:            backupRow("-          -              -          -             deleted         -         -              -"),
  "reset-available": backupRow("-          available      available  -             -               available available      -"),
  "reset-error":     backupRow("error      error          error      error         -               error     error          -"),
};

const VOLUME_STATUSES: readonly VolumeStatus[] = [
  "creating",
  "available",
  "in-use",
  "backing-up",
  "restoring-backup",
  "error",
  "error_restoring",
  "deleting",
  "extending",
  "error_extending",
  "error_managing",
];
const volumeRow = (cells: string): Record<VolumeStatus, string> => row(VOLUME_STATUSES, cells);

// biome-ignore format: it is a table
const VOLUMES: Table<VolumeStatus, VolumeEvent> = {
  //                           creating available         in-use      backing-up        restoring-backup                error             error_restoring  deleting  extending  error_extending  error_managing
  backup:           volumeRow("-        backing-up        backing-up  -                 -                               -                 -                -  -  -  -"),
  "backed-up":      volumeRow("-        -                 -           available|in-use  -                               -                 -                -  -  -  -"),
  restore:          volumeRow("-        restoring-backup  -           -                 -                               restoring-backup  restoring-backup -  -  -  -"),
  "restore-new":    volumeRow("restoring-backup - -         -                 -                               -                 -                -  -  -  -"),
  restored:         volumeRow("-        -                 -           -                 available                       -                 -                -  -  -  -"),
  "fail-restore":   volumeRow("-        -                 -           -                 error_restoring                 -                 -                -  -  -  -"),
  "cancel-restore": volumeRow("-        -                 -           -                 error                           -                 -                -  -  -  -"),
  spare:            volumeRow("-        -                 -           -                 available|error|error_restoring -                 -                -  -  -  -"),
  delete:           volumeRow("-        deleting          -           -                 -                               deleting          deleting         -  -  deleting  deleting"),
  "fail-delete":    volumeRow("-        -                 -           -                 -                               -                 -                error  -  -  -"),
  reset:            volumeRow("-        available|in-use|error  available|in-use|error  -  -                            available|in-use|error  available|in-use|error  -  -  -  -"),
  create:           volumeRow("available -        -           -                 -                               -                 -                -  -  -  -"),
  "fail-create":    volumeRow("error    -         -           -                 -                               -                 -                -  -  -  -"),
  extend:           volumeRow("-        extending -           -                 -                               -                 -                -  -  -  -"),
  extended:         volumeRow("-        -         -           -                 -                               -                 -                -  available  -  -"),
  "fail-extend":    volumeRow("-        -         -           -                 -                               -                 -                -  error_extending  -  -"),
  "force-delete":   volumeRow("deleting deleting  deleting    deleting          deleting                        deleting          deleting         deleting  deleting  deleting  deleting"),
};

const SNAPSHOT_STATUSES: readonly SnapshotStatus[] = [
  "creating",
  "available",
  "backing-up",
  "deleting",
  "error",
  "error_deleting",
];
const snapshotRow = (cells: string): Record<SnapshotStatus, string> => row(SNAPSHOT_STATUSES, cells);

// biome-ignore format: it is a table
const SNAPSHOTS: Table<SnapshotStatus, SnapshotEvent> = {
  //                         creating   available   backing-up  deleting        error     error_deleting
  complete:      snapshotRow("available -           -           -               -         -"),
  backup:        snapshotRow("-         backing-up  -           -               -         -"),
  "backed-up":   snapshotRow("-         -           available   -               -         -"),
  delete:        snapshotRow("-         deleting    -           -               deleting  deleting"),
  "fail-create": snapshotRow("error     -           -           -               -         -"),
  abandon:       snapshotRow("deleting  deleting    deleting    deleting        deleting  deleting"),
  "fail-delete": snapshotRow("-         -           -           error_deleting  -         -"),
};

interface Case<Status extends string, Event extends string> {
  readonly machine: StateMachine<Status, Event>;
  readonly rows: Rows<Status, CatalogRow<Status>>;
  readonly event: Event;
  readonly status: Status;
  readonly expected: string;
}

test("the tables have every event", (t) => {
  t.deepEqual([...BACKUP_STATES.events].sort(), Object.keys(BACKUPS).sort());
  t.deepEqual([...VOLUME_STATES.events].sort(), Object.keys(VOLUMES).sort());
  t.deepEqual([...SNAPSHOT_STATES.events].sort(), Object.keys(SNAPSHOTS).sort());
});

async function checkCase<Status extends string, Event extends string>(
  t: ExecutionContext,
  { machine, rows, event, status, expected }: Case<Status, Event>,
): Promise<void> {
  const location = `${event} in ${status}`;
  const id = "it";
  const check = (): void => machine.check({ id, status }, event);
  if (expected === "-") {
    const { message } = t.throws(check, { instanceOf: InvalidStateError }, location);
    t.true(message.includes(` ${id}: `) && message.includes(status), `${location}: ${message}`);
  } else {
    t.notThrows(check, location);
  }
  t.is(machine.allows(event, status), expected !== "-", location);
  if (expected === "=") return;
  const targets = expected === "-" ? [undefined] : expected.split("|");
  for (const target of targets) {
    await rows.update(id, { status });
    const choice = (targets.length > 1 ? { status: target } : {}) as { status: Status };
    const refusesToGuess =
      expected === "-" && (event === "backed-up" || event === "spare" || event === "reset");
    const asked = refusesToGuess ? { status: "available" as Status } : choice;
    t.is(await machine.move(rows, id, event, asked), expected !== "-", location);
    t.is((await rows.byId(id))!.status, (target as Status | undefined) ?? status, location);
  }
}

async function world(t: ExecutionContext): Promise<TestCatalog> {
  const made = await createCatalog(t, DRIVERS[0]!);
  await made.catalog.backups.insert(newBackup("it"));
  await made.catalog.volumes.insert(newVolume("it"));
  const view = { kind: "registered", source: "/view", size: 1, volumeId: "it" } as const;
  await made.catalog.snapshots.insert({ ...view, id: "it", status: "available" });
  return made;
}

for (const event of BACKUP_STATES.events.filter((each) => !["verify", "export", "base"].includes(each))) {
  test(`a backup in every status: ${event}`, async (t) => {
    const rows = (await world(t)).catalog.backups as unknown as Rows<BackupStatus, CatalogRow<BackupStatus>>;
    for (const status of BACKUP_STATUSES) {
      await checkCase(t, {
        machine: BACKUP_STATES,
        rows,
        event,
        status,
        expected: BACKUPS[event][status],
      });
    }
  });
}

for (const event of ["verify", "export", "base"] as const) {
  test(`a backup in every status: ${event}, which changes nothing`, (t) => {
    for (const status of BACKUP_STATUSES) {
      const isAllowed = BACKUPS[event][status] === "=";
      t.is(BACKUP_STATES.allows(event, status), isAllowed, status);
      const check = (): void => BACKUP_STATES.check({ id: "it", status }, event);
      if (isAllowed) t.notThrows(check);
      else
        t.throws(check, {
          instanceOf: InvalidStateError,
          message: new RegExp(`^Invalid backup it: .*${status}`),
        });
    }
  });
}

for (const event of VOLUME_STATES.events) {
  test(`a volume in every status: ${event}`, async (t) => {
    const rows = (await world(t)).catalog.volumes as unknown as Rows<VolumeStatus, CatalogRow<VolumeStatus>>;
    for (const status of VOLUME_STATUSES) {
      await checkCase(t, {
        machine: VOLUME_STATES,
        rows,
        event,
        status,
        expected: VOLUMES[event][status],
      });
    }
  });
}

for (const event of SNAPSHOT_STATES.events) {
  test(`a snapshot in every status: ${event}`, async (t) => {
    const rows = (await world(t)).catalog.snapshots as unknown as Rows<
      SnapshotStatus,
      CatalogRow<SnapshotStatus>
    >;
    for (const status of SNAPSHOT_STATUSES) {
      const expected = SNAPSHOTS[event][status];
      await checkCase(t, { machine: SNAPSHOT_STATES, rows, event, status, expected });
    }
  });
}

const MESSAGES: readonly [machine: "backup" | "volume", event: string, status: string, message: string][] = [
  ["backup", "restore", "error", "Invalid backup it: Backup status must be available and not error"],
  ["backup", "export", "creating", "Invalid backup it: Backup status must be available and not creating"],
  [
    "backup",
    "delete",
    "restoring",
    "Invalid backup it: Backup status must be available or error and not restoring",
  ],
  [
    "backup",
    "complete",
    "deleting",
    "Invalid backup it: Create backup aborted, expected backup status creating but got deleting.",
  ],
  [
    "volume",
    "backup",
    "error",
    'Invalid volume it: Volume to be backed up must be available or in-use, but the current status is "error"',
  ],
  [
    "volume",
    "restore",
    "in-use",
    'Invalid volume it: Volume to be restored to must be available, but the current status is "in-use"',
  ],
];
for (const [kind, event, status, message] of MESSAGES) {
  test(`the reference system's message: ${event} of a ${kind} in ${status}`, (t) => {
    const check = (): void =>
      kind === "backup"
        ? BACKUP_STATES.check({ id: "it", status: status as BackupStatus }, event as BackupEvent)
        : VOLUME_STATES.check({ id: "it", status: status as VolumeStatus }, event as VolumeEvent);
    t.throws(check, { instanceOf: InvalidStateError, message });
  });
}

test("a status that does not follow is a mistake of the program", async (t) => {
  const { catalog } = await world(t);
  await catalog.volumes.update("it", { status: "backing-up" });
  const wrong = VOLUME_STATES.move(catalog.volumes, "it", "backed-up", { status: "deleting" });
  await t.throwsAsync(wrong, { instanceOf: RangeError });
  await t.throwsAsync(VOLUME_STATES.move(catalog.volumes, "it", "backed-up"), { instanceOf: RangeError });
  await t.throwsAsync(BACKUP_STATES.move(catalog.backups, "it", "verify"), { instanceOf: RangeError });
});
