/** Runs of plans through the shipped command. */
import { readFile } from "node:fs/promises";
import test from "ava";
import { Batches, untilThere } from "./batches.js";

const TWELVE = Array.from({ length: 12 }, (_, index) => `v${String(index).padStart(2, "0")}.img`);

test("one of twelve volumes fails: the others are backed up, and the reports say so", async (t) => {
  const batches = await Batches.make(t);
  await batches.volumes(...TWELVE);
  await batches.write(
    "night.yaml",
    `defaults: { incremental: { full_every: 2 }, verify: whole, keep: { last: 2 }, name: "{plan}-{volume}" }
volumes:
  - path: missing.img
  - glob: v*.img
`,
  );
  const report = ["--junit", "report.xml", "--prometheus", "metrics.prom"];
  const rows = await batches.rows(t, 7, "batch", "run", "night.yaml", ...report);
  t.deepEqual(
    rows.map(({ outcome, level }) => [outcome, level]),
    [["failed", null], ...TWELVE.map(() => ["done", "full"])],
  );
  t.true(rows.slice(1).every(({ verified_objects }) => (verified_objects as number) > 0));
  const xml = await batches.read("report.xml");
  t.regex(xml, /<testsuite name="night" .*tests="13" failures="1" errors="0" skipped="0"/);
  t.is(xml.match(/<testcase /g)?.length, 13);
  t.regex(xml, /name="[^"]*missing\.img" time="[\d.]+">\n\s+<failure message="[^"<]*&quot;/);
  const metrics = await batches.read("metrics.prom");
  t.true(metrics.includes('ashlar_batch_run_volumes{plan="night",outcome="done"} 12\n'));
  t.is(metrics.match(/^ashlar_batch_volume_success\{.*\} 1$/gm)?.length, 12);
  t.is(metrics.match(/^ashlar_batch_volume_success\{.*\} 0$/gm)?.length, 1);

  const planned = await batches.rows(t, 0, "batch", "plan", "night.yaml");
  t.like(planned[1], { level: "incremental", codec: "zlib", snapshot: "none" });
  t.is(planned[1]!.estimated_stored_size, null);
  const again = await batches.rows(t, 7, "batch", "run", "night.yaml");
  t.true(again.slice(1).every(({ level }) => level === "incremental"));
  const third = await batches.rows(t, 0, "batch", "run", "night.yaml", "--dry-run");
  t.like(third[1], { level: "full", why: "the chain has 2 backups (full_every 2)" });
  t.is(third[1]!.estimated_stored_size, rows[1]!.stored_size);
  const backups = await batches.rows(t, 0, "volume", "backup", "list", "--name", "night-v03.img");
  t.is(backups.length, 2);
});

test("paths come from standard input, by lines or NUL characters, and nothing at all ends with 8", async (t) => {
  const batches = await Batches.make(t);
  await batches.volumes("a.img", "b.img", "c\n.img");
  await batches.write("in.yaml", "defaults: { codec: zstd, level: 1 }");
  const lines = await batches.start(["batch", "run", "in.yaml", "--stdin", "-f", "json"], "a.img\nb.img\n")
    .ended;
  t.is(lines.code, 0, lines.talk);
  t.is((JSON.parse(lines.data) as unknown[]).length, 2);
  const records = await batches.start(
    ["batch", "plan", "in.yaml", "--stdin", "-0", "-f", "json"],
    "c\n.img\0",
  ).ended;
  t.is(records.code, 0, records.talk);
  t.like((JSON.parse(records.data) as unknown[])[0], { volume_size: 200_000, codec: "zstd" });
  const none = await batches.start(["batch", "run", "in.yaml", "--stdin"], "gone.img\n").ended;
  t.is(none.code, 8);
  const empty = await batches.run("batch", "run", "in.yaml");
  t.is(empty.code, 2);
  t.regex(empty.talk, /it has no volumes/);
});

test("a group is frozen together, and a hook that hangs is ended while others go on", async (t) => {
  const batches = await Batches.make(t);
  await batches.volumes("a.img", "b.img", "c.img", "d.img");
  await batches.write(
    "freeze.yaml",
    `volumes:
  - group: db
    snapshot: none
    before: "echo before $ASHLAR_GROUP >> log"
    after: "echo after $ASHLAR_GROUP >> log"
    volumes:
      - path: a.img
      - path: b.img
        before: "echo before b >> log"
        after: [sh, -c, "echo after $(basename $ASHLAR_VOLUME) >> log"]
  - path: c.img
    before: { run: "sleep 600 & sleep 600", timeout: 1s }
    after: "echo thawed > c.log"
  - path: d.img
    after: "echo no space left >&2; exit 3"
`,
  );
  const rows = await batches.rows(t, 7, "batch", "run", "freeze.yaml");
  t.is(await batches.read("log"), "before db\nbefore b\nafter b.img\nafter db\n");
  t.is(await batches.read("c.log"), "thawed\n");
  t.deepEqual(
    rows.map(({ outcome, reason }) => [outcome, reason]),
    [
      ["done", null],
      ["done", null],
      ["failed", "Cannot freeze: the before hook failed: time-out of 1 s"],
      ["failed", "Cannot thaw: the after hook failed: exit code 3: no space left"],
    ],
  );
  t.is(rows[2]!.backup_id, null);
  t.not(rows[3]!.backup_id, null);
});

const STOPPED = `parallel: 1
volumes:
  - path: a.img
  - path: b.img
    before: "echo begun > begun; until test -e go; do sleep 0.02; done; echo frozen >> frozen"
    after: "echo thawed >> thawed"
  - path: c.img
`;

for (const signal of ["SIGKILL", "SIGINT"] as const) {
  test(`a run that was ended by ${signal} thaws, and is resumed`, async (t) => {
    const batches = await Batches.make(t);
    await batches.volumes("a.img", "b.img", "c.img");
    await batches.write("stop.yaml", STOPPED);
    const running = batches.start(["batch", "run", "stop.yaml", "-f", "json"]);
    await running.said(/a\.img: full/);
    await untilThere(batches.at("begun"));
    running.child.kill(signal);
    const ended = await running.ended;
    await untilThere(batches.at("thawed"));
    t.is(await batches.read("thawed"), "thawed\n");
    if (signal === "SIGINT") {
      t.is(ended.code, 130);
      const outcomes = (JSON.parse(ended.data) as { outcome: string }[]).map(({ outcome }) => outcome);
      t.deepEqual(outcomes, ["done", "stopped", "stopped"]);
    }
    await batches.write("go", "now\n");
    const rows = await batches.rows(t, 0, "batch", "run", "stop.yaml", "--resume");
    t.deepEqual(
      rows.map(({ outcome, done_before }) => [outcome, done_before]),
      [
        ["done", true],
        ["done", false],
        ["done", false],
      ],
    );
    t.is(await batches.read("thawed"), "thawed\nthawed\n");
    t.is(await batches.read("frozen"), "frozen\n", "the hook that was at work did not freeze after the thaw");
    const backups = await batches.rows(t, 0, "volume", "backup", "list");
    t.is(backups.filter(({ status }) => status === "available").length, 3);
    const runs = new Set(backups.map(({ metadata }) => JSON.stringify(metadata)));
    t.is(runs.size, 1, "a resumed run keeps its ID");
  });
}

test("a plan runs once at a time, and --resume needs a run", async (t) => {
  const batches = await Batches.make(t);
  await batches.volumes("a.img", "b.img", "c.img");
  await batches.write("stop.yaml", STOPPED);
  t.is((await batches.run("batch", "run", "stop.yaml", "--resume")).code, 3);
  const first = batches.start(["batch", "run", "stop.yaml"]);
  await untilThere(batches.at("begun"));
  const second = await batches.run("batch", "run", "stop.yaml");
  t.is(second.code, 4);
  t.regex(second.talk, /a run of it is under way since/);
  await batches.write("wait.yaml", `name: stop\noverlap: wait\n${STOPPED}`);
  const third = batches.start(["batch", "run", "wait.yaml"]);
  await third.said(/waiting for the run of "stop"/);
  await batches.write("go", "now\n");
  t.is((await first.ended).code, 0);
  t.is((await third.ended).code, 0);
});

test("limits hold at every moment, by the log of the operations themselves", async (t) => {
  const batches = await Batches.make(t);
  await batches.volumes(...TWELVE);
  await batches.write("many.yaml", "parallel: 12\nvolumes: [{ glob: v*.img }]");
  const [planned] = await batches.rows(t, 0, "batch", "plan", "many.yaml");
  const memory = planned!.memory as number;
  const limits = {
    operations: [3, "backup_max_operations=3"],
    memory: [2, `backup_max_memory=${memory * 2 + 1}`],
  };
  for (const [name, [most, option]] of Object.entries(limits)) {
    const log = batches.at(`${name}.log`);
    const options = ["--option", option as string, "--option", `backup_notification_log=${log}`];
    const ended = await batches.run("batch", "run", "many.yaml", ...options);
    t.is(ended.code, 0, ended.talk);
    const events = (await readFile(log, "utf8"))
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { event_type: string }).event_type);
    t.is(events.filter((type) => type === "backup.create.end").length, 12);
    t.true(mostAtOnce(events) <= (most as number), name);
  }
});

/** The most creations that had begun and not ended. */
function mostAtOnce(events: readonly string[]): number {
  let current = 0;
  let most = 0;
  for (const type of events) {
    if (type === "backup.create.start") most = Math.max(most, ++current);
    if (type === "backup.create.end" || type === "backup.create.error") current--;
  }
  return most;
}

test("backups of a plan are copied with their chains, once", async (t) => {
  const batches = await Batches.make(t);
  await batches.volumes("a.img", "b.img");
  await batches.write(
    "copies.yaml",
    "defaults: { incremental: true, copy_to: [copies, ./more] }\nvolumes: [{ glob: '*.img' }]",
  );
  const first = await batches.rows(t, 0, "batch", "run", "copies.yaml");
  t.deepEqual(
    first.map(({ copied_backups }) => copied_backups),
    [2, 2],
  );
  const second = await batches.rows(t, 0, "batch", "run", "copies.yaml");
  t.deepEqual(
    second.map(({ level, copied_backups }) => [level, copied_backups]),
    [
      ["incremental", 2],
      ["incremental", 2],
    ],
  );
  const there = ["volume", "backup", "copy", "--all", "--newer-than", "1h", "--to", "copies"];
  const again = await batches.rows(t, 0, ...there);
  t.deepEqual(
    again.map(({ copied_backups }) => copied_backups),
    [0, 0, 0, 0],
  );
});
