import test from "ava";
import { profileJson, profileTable } from "../../src/cli/profile-text.js";
import type { Profile } from "../../src/pipeline/run/profile.js";
import type { CreateBackupRequest } from "../../src/service/requests.js";
import { FakeHost } from "./fake-host.js";
import { FakeService } from "./fake-service.js";

const STAGES = [
  { stage: "read", bytes: 3 << 20, busySeconds: 0.5, waitInputSeconds: 0, waitOutputSeconds: 1.5 },
  { stage: "compress", bytes: 1000, busySeconds: 12.3456789, waitInputSeconds: 0.25, waitOutputSeconds: 0 },
];

/** A service whose backups have two stages of one second each. */
class ProfiledService extends FakeService {
  readonly host: FakeHost = new FakeHost(this);

  override async createBackup(request: CreateBackupRequest) {
    if (request.profile !== undefined) this.#run(request.profile);
    return await super.createBackup(request);
  }

  #run(profile: Profile): void {
    const [first, second] = [profile.stage("first"), profile.stage("second")];
    for (const [stage, next] of [
      [first, () => first.done()],
      [second, () => {}],
    ] as const) {
      stage.take(7);
      stage.start();
      this.host.advance(1000);
      stage.end();
      stage.give(7);
      next();
    }
    profile.end();
  }
}

test("a table for people", (t) => {
  t.is(
    profileTable(STAGES),
    [
      "stage       bytes     busy  waited for input  waited for output",
      "read      3.0 MiB   0.50 s            0.00 s             1.50 s",
      "compress   1000 B  12.35 s            0.25 s             0.00 s",
      "",
    ].join("\n"),
  );
});

test("one line of JSON for programs", (t) => {
  const line = profileJson(STAGES);
  t.false(line.includes("\n"));
  t.deepEqual(JSON.parse(line), {
    event: "profile",
    stages: [
      { stage: "read", bytes: 3 << 20, busy_seconds: 0.5, wait_input_seconds: 0, wait_output_seconds: 1.5 },
      {
        ...{ stage: "compress", bytes: 1000, busy_seconds: 12.345679 },
        ...{ wait_input_seconds: 0.25, wait_output_seconds: 0 },
      },
    ],
  });
});

test("--profile tells on standard error: a table on a terminal, else JSON, also when quiet", async (t) => {
  const table =
    /stage +bytes +busy +waited for input +waited for output\nfirst +7 B +1\.00 s +1\.00 s +0\.00 s\n/m;
  const json = /^\{"event":"profile","stages":\[\{"stage":"first","bytes":7,"busy_seconds":1,/m;
  for (const [flags, isTerminal, expected] of [
    [[], true, table],
    [[], false, json],
    [["--quiet"], false, json],
    [["--quiet"], true, table],
    [["--progress", "json"], true, json],
    [["--progress", "bar"], false, table],
  ] as const) {
    const { host } = new ProfiledService();
    host.screen.isTerminal = isTerminal;
    t.is(await host.run(...flags, "volume", "backup", "create", "disk", "--profile"), 0);
    t.regex(host.talk, expected);
    t.notRegex(host.data, /waited for|"profile"/);
  }
});

test("without the flag, and of a run that failed before it began, nothing is told", async (t) => {
  const unasked = new ProfiledService();
  t.is(await unasked.host.run("--quiet", "volume", "backup", "create", "disk"), 0);
  t.is(unasked.host.talk, "");
  const failing = new ProfiledService();
  failing.createBackup = async () => {
    throw new Error("no such volume");
  };
  t.is(await failing.host.run("--quiet", "volume", "backup", "create", "disk", "--profile"), 1);
  t.notRegex(failing.host.talk, /stage/);
});

test("restoring and verifying have the flag too", async (t) => {
  for (const verb of [
    ["restore", "monday"],
    ["verify", "monday"],
  ]) {
    const { host } = new ProfiledService();
    t.is(await host.run("volume", "backup", ...verb, "--profile"), 0);
  }
});
