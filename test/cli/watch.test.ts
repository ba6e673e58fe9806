/** `volume backup show --watch`: what is shown of another process's work, and the exit codes. */
import test from "ava";
import type { WatchedBackup } from "../../src/service/requests.js";
import { FakeHost } from "./fake-host.js";
import { BACKUP, FakeService } from "./fake-service.js";

const MIB = 1024 * 1024;

/** Ten seconds in, at 40 of 100 MiB; the clock of these tests begins at 0. */
const POINT: WatchedBackup = {
  backup: BACKUP,
  kind: "backup",
  startedAt: new Date(-10_000),
  queuePosition: 0,
  stage: "running",
  bytesDone: 40 * MIB,
  bytesTotal: 100 * MIB,
  storedBytes: 0,
  bytesPerSecond: 4 * MIB,
  outcome: undefined,
  reason: undefined,
};
const DONE: WatchedBackup = { ...POINT, stage: "ended", bytesDone: 100 * MIB, outcome: "done" };

function hostOf(points: readonly WatchedBackup[]): FakeHost {
  const service = new FakeService();
  service.points = [...points];
  const host = new FakeHost(service);
  service.beforePoint = () => host.advance(1000);
  return host;
}

test("JSON lines where there is no terminal, then the record on standard output", async (t) => {
  const host = hostOf([POINT, { ...POINT, bytesDone: 60 * MIB }, DONE]);
  t.is(await host.run("volume", "backup", "show", "--watch", "monday", "-f", "value", "-c", "id"), 0);
  t.is(host.data, `${BACKUP.id}\n`);
  const lines = host.talk
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  t.deepEqual(
    lines.map(({ percent, bytes_per_second }) => [percent, bytes_per_second]),
    [
      // Of what was done before the watch began, nothing counts as the speed of now.
      [40, 0],
      [60, 10 * MIB],
      [100, Math.round((100 * MIB) / 13)],
    ],
  );
});

test("a bar on a terminal; nothing where it is not wanted", async (t) => {
  const host = hostOf([POINT, DONE]);
  host.screen.isTerminal = true;
  t.is(await host.run("volume", "backup", "show", "--watch", "monday"), 0);
  t.regex(host.talk, /\rbackup {2}40% \[#+ +\] 40\.0 MiB of 100\.0 MiB/);
  t.regex(host.talk, /backup 100%: 100\.0 MiB of 100\.0 MiB in 12 s, 8\.3 MiB\/s\n$/);
  for (const flag of [["--quiet"], ["--progress", "none"]]) {
    const silent = hostOf([POINT, DONE]);
    t.is(await silent.run("volume", "backup", "show", "--watch", "monday", ...flag), 0);
    t.is(silent.talk, "");
  }
});

const ENDS: readonly [Partial<WatchedBackup>, number, RegExp][] = [
  [{ outcome: "failed", reason: "no space" }, 1, /Cannot complete backup of b0.*: no space\n$/],
  [{ outcome: "stopped", reason: "the backup is gone" }, 4, /: the backup is gone\n$/],
  [{ kind: "verify", outcome: "unknown", reason: "told elsewhere" }, 1, /Cannot complete verify of/],
  [{ kind: undefined, outcome: "failed", reason: "it is in error" }, 1, /: it is in error\n$/],
];

for (const [end, code, message] of ENDS) {
  test(`${end.outcome}: exit code ${code}, and no record; ${message.source}`, async (t) => {
    const host = hostOf([{ ...POINT, stage: "ended", ...end }]);
    t.is(await host.run("volume", "backup", "show", "--watch", "monday"), code);
    t.regex(host.talk, message);
    t.is(host.data, "");
  });
}

test("a backup that was deleted as it should has no record any more", async (t) => {
  const host = hostOf([{ ...DONE, kind: "delete" }]);
  t.is(await host.run("volume", "backup", "show", "--watch", "monday"), 0);
  t.is(host.data, "");
});

test("where nothing is under way there is the record alone", async (t) => {
  const host = hostOf([{ ...DONE, kind: undefined }]);
  t.is(await host.run("volume", "backup", "show", "--watch", "monday", "-f", "value", "-c", "id"), 0);
  t.is(host.data, `${BACKUP.id}\n`);
  t.is(host.talk, "");
});

test("Ctrl-C ends the watch with 130", async (t) => {
  const host = hostOf([POINT, DONE]);
  const service = host.service as FakeService;
  service.beforePoint = () => host.send("SIGINT");
  t.is(await host.run("volume", "backup", "show", "--watch", "monday"), 130);
  t.is(host.data, "");
});
