/** Texts of a running batch, at one moment. */
import test from "ava";
import { BatchItem } from "../../src/batch/item.js";
import type { PreparedVolume } from "../../src/batch/prepare.js";
import { batchTable, endLine, itemJson, totalsJson, totalsOf } from "../../src/cli/batch-text.js";
import { MIB } from "../../src/units.js";

function item(source: string, change: (item: BatchItem) => void = () => undefined): BatchItem {
  const made = new BatchItem({ source, size: 16 * MIB } as PreparedVolume, undefined);
  change(made);
  return made;
}

const ITEMS = [
  item("/srv/waits.img"),
  item("/srv/queued.img", (each) => {
    each.enter("backup", 0);
    each.progress.queuePosition = 3;
  }),
  item("/srv/half\u001b[31m.img", (each) => {
    each.enter("backup", 0);
    Object.assign(each.progress, { bytesDone: 8 * MIB, bytesTotal: 16 * MIB });
  }),
  item("/srv/done.img", (each) => {
    Object.assign(each, { backupId: "b", isIncremental: true, storedSize: MIB });
    each.enter("verify", 0);
    each.enter("done", 1500);
  }),
  item("/srv/failed.img", (each) => {
    each.enter("backup", 0);
    each.fail(new Error("no such file"), 10);
  }),
];

test("the table has a line for each volume that is under way, and one of totals", (t) => {
  const lines = batchTable(ITEMS, { columns: 80, bytesPerSecond: 8 * MIB });
  t.is(lines.length, 3);
  t.regex(lines[0]!, /^\/srv\/queued\.img +backup +waits for its turn: position 3$/);
  t.regex(lines[1]!, /^\/srv\/half.*\.img +backup +50% {2}8\.0 MiB of 16\.0 MiB$/);
  t.false(lines[1]!.includes("\u001b"));
  t.is(lines[2], "1 of 5 done, 1 failed, 2 under way, 40.0 MiB of 80.0 MiB, 8.0 MiB/s, 5 s left");
});

test("no line of the table wraps, and many volumes are counted", (t) => {
  const many = Array.from({ length: 40 }, (_, index) =>
    item(`/srv/${"long/".repeat(30)}${index}.img`, (each) => each.enter("backup", 0)),
  );
  const lines = batchTable(many, { columns: 60, bytesPerSecond: 0 });
  t.is(lines.length, 17);
  t.is(lines[15], "and 25 more");
  t.true(lines.every((line) => line.length < 60));
});

test("how a volume ended, for a log", (t) => {
  t.is(endLine(ITEMS[3]!), "/srv/done.img: incremental, 1.0 MiB of 16.0 MiB stored in 1.5 s");
  t.is(endLine(ITEMS[4]!), "/srv/failed.img: failed: no such file");
});

test("events and totals for programs", (t) => {
  t.like(JSON.parse(itemJson(ITEMS[3]!)), {
    event: "volume",
    stage: "done",
    incremental: true,
    backup_id: "b",
  });
  const totals = JSON.parse(totalsJson(totalsOf(ITEMS), 8 * MIB)) as unknown;
  t.like(totals, { event: "progress", volumes: 5, done: 1, failed: 1, under_way: 2, seconds_left: 5 });
});
