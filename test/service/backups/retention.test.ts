/** What rules keep, decided on rows alone, and one prune of real backups. */
import test from "ava";
import type { BackupRow } from "../../../src/catalog/backups.js";
import { UsageError } from "../../../src/errors.js";
import { planRetention } from "../../../src/service/backups/retention.js";
import type { RetentionRules } from "../../../src/service/requests.js";
import { start } from "../fixture.js";

/** A backup whose ID is the day of its data. */
function backup(day: string, fields: Partial<BackupRow> = {}): BackupRow {
  const moment = new Date(`${day}T12:00:00Z`);
  const row = { id: day, volumeId: "v", status: "available", parentId: null, name: null, ...fields };
  return { ...row, dataTimestamp: moment, createdAt: moment } as BackupRow;
}

const kept = (backups: readonly BackupRow[], rules: RetentionRules): string[] =>
  planRetention(backups, rules)
    .filter(({ isKept }) => isKept)
    .map(({ backup: { id } }) => id)
    .sort();

// 2026-11-23 is a Monday.
const DAYS = [
  "2025-12-31",
  "2026-10-31",
  "2026-11-01",
  "2026-11-15",
  "2026-11-21",
  "2026-11-22",
  "2026-11-23",
];

const RULES: readonly [rules: RetentionRules, days: string[]][] = [
  [{ last: 2 }, ["2026-11-22", "2026-11-23"]],
  [{ last: 99 }, DAYS],
  [{ daily: 3 }, ["2026-11-21", "2026-11-22", "2026-11-23"]],
  [{ weekly: 3 }, ["2026-11-15", "2026-11-22", "2026-11-23"]],
  [{ monthly: 2 }, ["2026-10-31", "2026-11-23"]],
  [{ yearly: 5 }, ["2025-12-31", "2026-11-23"]],
  [{ last: 1, monthly: 3 }, ["2025-12-31", "2026-10-31", "2026-11-23"]],
];
for (const [rules, days] of RULES) {
  test(`kept by ${JSON.stringify(rules)}`, (t) => {
    t.deepEqual(
      kept(
        DAYS.map((day) => backup(day)),
        rules,
      ),
      days,
    );
  });
}

test("of one day the newest is kept, of each volume by itself", (t) => {
  const early = backup("2026-11-23", { id: "early" });
  const late = { ...backup("2026-11-23", { id: "late" }), dataTimestamp: new Date("2026-11-23T23:59:59Z") };
  const other = backup("2026-11-20", { id: "other", volumeId: "w" });
  t.deepEqual(kept([early, late, other], { daily: 1 }), ["late", "other"]);
});

test("what a kept backup is based on is kept, and the last of a chain goes first", (t) => {
  const chain = [
    backup("2026-11-01"),
    backup("2026-11-02", { parentId: "2026-11-01" }),
    backup("2026-11-03", { parentId: "2026-11-02" }),
    backup("2026-11-04"),
    backup("2026-11-05", { parentId: "2026-11-04" }),
  ];
  t.deepEqual(kept(chain, { last: 1 }), ["2026-11-04", "2026-11-05"]);
  const decisions = planRetention(chain, { last: 1 });
  t.deepEqual(
    decisions.filter(({ isKept }) => !isKept).map(({ backup: { id } }) => id),
    ["2026-11-03", "2026-11-02", "2026-11-01"],
  );
  t.deepEqual(decisions.find(({ backup: { id } }) => id === "2026-11-04")!.reasons, ["based on"]);
});

test("what is not available stays, with what it is based on", (t) => {
  const broken = backup("2026-11-02", { parentId: "2026-11-01", status: "error" });
  t.deepEqual(kept([backup("2026-11-01"), broken, backup("2026-11-09")], { last: 1 }), [
    "2026-11-01",
    "2026-11-02",
    "2026-11-09",
  ]);
});

test("a failed deletion is tried again, unless a kept backup is based on it", (t) => {
  const failed = (day: string, fields: Partial<BackupRow> = {}): BackupRow =>
    backup(day, { status: "error_deleting", ...fields });
  t.deepEqual(kept([backup("2026-11-01"), failed("2026-11-09")], { last: 1 }), ["2026-11-01"]);
  t.deepEqual(kept([failed("2026-11-01"), backup("2026-11-02", { parentId: "2026-11-01" })], { last: 1 }), [
    "2026-11-01",
    "2026-11-02",
  ]);
});

test("without a rule everything would go, which is refused; a circle of parents ends", (t) => {
  for (const rules of [{}, { last: 0 }, { last: undefined }])
    t.throws(() => planRetention([], rules), { instanceOf: UsageError });
  const circle = [
    backup("2026-11-01", { parentId: "2026-11-02" }),
    backup("2026-11-02", { parentId: "2026-11-01" }),
  ];
  t.is(kept(circle, { last: 1 }).length, 2);
});

test("a prune deletes a whole chain and leaves the next, which still restores", async (t) => {
  const { world, service } = await start(t);
  for (const [name, incremental] of [
    ["a", false],
    ["b", true],
    ["c", false],
    ["d", true],
  ] as const)
    await world.backup(service, { volume: "disk", name, incremental });
  const before = await world.stored();
  const planned = await service.pruneBackups({ last: 1, dryRun: true });
  t.deepEqual(
    planned.filter(({ isKept }) => !isKept).map(({ backup: { name } }) => name),
    ["b", "a"],
  );
  t.deepEqual(await world.stored(), before);
  await service.pruneBackups({ last: 1, volume: "disk" });
  t.deepEqual(
    (await service.listBackups()).map((view) => view.backup.name),
    ["d", "c"],
  );
  await service.verifyBackup({ backup: "d" });
});
