import test from "ava";
import { type ProgressStyle, showProgress } from "../../src/cli/progress.js";
import { progressJson, progressLine } from "../../src/cli/progress-text.js";
import { RateMeter } from "../../src/cli/rate.js";
import { FakeHost } from "./fake-host.js";
import { FakeService } from "./fake-service.js";

const MIB = 1024 * 1024;

interface Shown {
  readonly host: FakeHost;
  readonly lines: string[];
}

const RUNNING = { stage: "running", queuePosition: 0, bytesSkipped: 0 } as const;

/** What is shown of a run that does 40 of 100 MiB in a second, and the rest in another two. */
function show(style: ProgressStyle, isTerminal: boolean): Shown {
  const host = new FakeHost(new FakeService());
  host.screen.isTerminal = isTerminal;
  const { progress, finish } = showProgress(host, { label: "backup", style });
  progress.bytesTotal = 100 * MIB;
  progress.bytesDone = 40 * MIB;
  host.advance(1000);
  progress.bytesDone = 100 * MIB;
  host.advance(2000);
  finish();
  host.advance(1000);
  return { host, lines: host.talk.split("\n").slice(0, -1) };
}

test("JSON lines: one a second, and one at the end with the rate of the whole", (t) => {
  const { lines } = show("json", false);
  t.deepEqual(
    lines.map((line) => JSON.parse(line) as unknown),
    [
      { bytes_done: 40 * MIB, percent: 40, bytes_per_second: 40 * MIB, seconds_left: 2 },
      { bytes_done: 100 * MIB, percent: 100, bytes_per_second: 50 * MIB, seconds_left: 0 },
      { bytes_done: 100 * MIB, percent: 100, bytes_per_second: Math.round((100 * MIB) / 3), seconds_left: 0 },
      { bytes_done: 100 * MIB, percent: 100, bytes_per_second: Math.round((100 * MIB) / 3), seconds_left: 0 },
    ].map((line) => ({
      event: "progress",
      stage: "running",
      queue_position: 0,
      bytes_total: 100 * MIB,
      bytes_skipped: 0,
      ...line,
    })),
  );
});

test("a bar: redrawn five times a second on one line, which ends as a summary", (t) => {
  const { host, lines } = show("auto", true);
  const drawn = host.talk.split("\r").slice(1);
  t.is(drawn.length, 3 * 5 + 1);
  t.true(
    drawn[4]?.startsWith("backup  40% [################                        ] 40.0 MiB of 100.0 MiB,"),
  );
  t.is(lines.length, 1);
  t.is(drawn.at(-1), "\x1b[Kbackup 100%: 100.0 MiB of 100.0 MiB in 3 s, 33.3 MiB/s\n");
  const { progress, finish } = showProgress(host, { label: "backup", style: "bar" });
  Object.assign(progress, { bytesTotal: MIB, bytesDone: MIB, bytesSkipped: 768 * 1024 });
  finish();
  t.true(host.talk.endsWith(", 768.0 KiB not read\n"));
});

test("nothing is shown where there is no terminal, unless it is asked for", (t) => {
  t.is(show("auto", false).host.talk, "");
  t.is(show("none", true).host.talk, "");
  t.not(show("bar", false).host.talk, "");
});

test("the timer ends with the display", (t) => {
  t.deepEqual(show("json", false).host.timers, []);
  t.deepEqual(show("bar", true).host.timers, []);
});

test("of a run that failed before it began nothing is left on the screen", (t) => {
  for (const style of ["bar", "json"] as const) {
    const host = new FakeHost(new FakeService());
    showProgress(host, { label: "backup", style }).finish();
    t.is(host.talk.replaceAll("\r\x1b[K", ""), "", style);
  }
});

test("a line never fills the terminal's width, whatever it is", (t) => {
  const point = {
    ...RUNNING,
    bytesDone: 123_456_789_012,
    bytesTotal: 987_654_321_098,
    bytesPerSecond: 12_345_678,
  };
  for (let columns = 20; columns <= 200; columns++) {
    const line = progressLine(point, { label: "backup", columns });
    t.true(line.length < columns, `${columns}: ${line}`);
  }
});

test("time left and sizes are readable", (t) => {
  const line = (bytesDone: number, bytesPerSecond: number): string =>
    progressLine(
      { ...RUNNING, bytesDone, bytesTotal: 1024 ** 4, bytesPerSecond },
      { label: "verify", columns: 63 },
    );
  t.is(line(0, 0), `verify   0% [${" ".repeat(26)}] 0 B of 1.0 TiB, 0 B/s`);
  t.is(line(1024 ** 4 / 2, 100 * MIB), "verify  50% 512.0 GiB of 1.0 TiB, 100.0 MiB/s, 1:27:23 left");
  t.is(line(1024 ** 4 - 65 * MIB, MIB), "verify  99% 1023.9 GiB of 1.0 TiB, 1.0 MiB/s, 1:05 left");
  t.is(
    progressLine(
      { ...RUNNING, bytesDone: 0, bytesTotal: 0, bytesPerSecond: 0 },
      { label: "scan", columns: 60 },
    ),
    "scan ...",
  );
});

test("a total or a rate that is not known yet gives no time left", (t) => {
  const { seconds_left: left } = JSON.parse(
    progressJson({ ...RUNNING, bytesDone: 0, bytesTotal: 5, bytesPerSecond: 0 }),
  ) as {
    seconds_left: unknown;
  };
  t.is(left, null);
});

test("the rate is that of the last five seconds", (t) => {
  const meter = new RateMeter(0, 0);
  t.is(meter.bytesPerSecond, 0);
  for (let second = 1; second <= 10; second++) meter.add(second * 1000, second * 100);
  t.is(meter.bytesPerSecond, 100);
  for (let second = 11; second <= 15; second++) meter.add(second * 1000, 1000);
  t.is(meter.bytesPerSecond, 0);
});

test("verbs that take their time show progress, and --quiet does not", async (t) => {
  const service = new FakeService();
  const host = new FakeHost(service);
  host.screen.isTerminal = true;
  service.createBackup = async (request) => {
    request.progress!.bytesTotal = 10;
    request.progress!.bytesDone = 10;
    host.advance(1000);
    return await FakeService.prototype.createBackup.call(service, request);
  };
  t.is(await host.run("volume", "backup", "create", "system"), 0);
  t.regex(host.talk, /backup 100%: 10 B of 10 B in 1 s, 10 B\/s\n$/);
  t.false(host.data.includes("100%"));
  host.talk = "";
  t.is(await host.run("volume", "backup", "create", "system", "--quiet"), 0);
  t.is(host.talk, "");
});

test("what waits for its turn says so, on a line and to programs", (t) => {
  const host = new FakeHost(new FakeService());
  host.screen.isTerminal = true;
  const { progress, finish } = showProgress(host, { label: "backup", style: "bar" });
  Object.assign(progress, { stage: "waiting", queuePosition: 3 });
  host.advance(200);
  finish();
  t.true(host.talk.startsWith("\rbackup waits for its turn: position 3\x1b[K"));
  const waiting = {
    ...RUNNING,
    stage: "waiting",
    queuePosition: 3,
    bytesDone: 0,
    bytesTotal: 0,
    bytesPerSecond: 0,
  };
  t.like(JSON.parse(progressJson(waiting)), { stage: "waiting", queue_position: 3, percent: 0 });
});
