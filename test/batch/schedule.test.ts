/** Schedules: cron's times as systemd's, and what is installed. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import test from "ava";
import { parse, parseAllDocuments } from "yaml";
import { calendarEvents, cronText, isCron } from "../../src/batch/cron.js";
import { cronLine, kubernetesManifests, systemdUnits } from "../../src/batch/schedule.js";
import { Batches } from "./batches.js";

const run = promisify(execFile);

const TIMES: Readonly<Record<string, readonly string[]>> = {
  "30 1 * * *": ["*-*-* 01:30:00"],
  "@daily": ["*-*-* 00:00:00"],
  "*/20 8-18/5 * * mon-fri": ["Mon,Tue,Wed,Thu,Fri *-*-* 08,13,18:00,20,40:00"],
  "0 4 * * 0,7": ["Sun *-*-* 04:00:00"],
  "5/30 0 1,15 jan,JUL *": ["*-01,07-01,15 00:05,35:00"],
  // Either day counts in cron, both would have to in one calendar event.
  "0 0 13 * 5": ["*-*-13 00:00:00", "Fri *-*-* 00:00:00"],
};

test("times of cron are the same times of systemd", async (t) => {
  for (const [cron, events] of Object.entries(TIMES)) {
    t.true(isCron(cron), cron);
    t.deepEqual(calendarEvents(cron), events, cron);
  }
  const analyze = await run("systemd-analyze", ["calendar", ...Object.values(TIMES).flat()]).catch(
    (error) => error,
  );
  if (analyze.code === "ENOENT") return t.log("systemd-analyze is not here");
  t.is(analyze.code, undefined, analyze.stderr);
  t.is(cronText("@weekly"), "0 0 * * 0");
});

test("what is no time is refused", (t) => {
  for (const text of [
    "",
    "1 2 3 4",
    "60 0 * * *",
    "0 24 * * *",
    "0 0 0 * *",
    "0 0 * 13 *",
    "0 0 * * 8",
    "5-1 * * * *",
    "*/0 * * * *",
    "a * * * *",
    "1- * * * *",
    "1-2-3 * * * *",
    "@never",
    "0 0 * * * *",
    ", * * * *",
  ])
    t.false(isCron(text), text);
});

const COMMAND = {
  plan: { name: "my.plan", overlap: "skip" as const },
  schedule: { cron: "0 3 * * *", delaySeconds: 90 },
  argv: ["/opt/my node", "100%", 'a"$b', "it's"],
  directory: "/srv/50% off",
};

test("arguments survive systemd's and cron's special characters", (t) => {
  const { name, service, timer } = systemdUnits(COMMAND);
  t.is(name, "ashlar-my.plan");
  t.true(service.includes('ExecStart="/opt/my node" 100%% "a\\"$$b" "it\'s"\n'), service);
  t.true(service.includes("WorkingDirectory=/srv/50%% off\n"));
  t.true(timer.includes("OnCalendar=*-*-* 03:00:00\nRandomizedDelaySec=90\n"));
  t.true(timer.includes("Persistent=true\n"));
  t.is(
    cronLine(COMMAND),
    `0 3 * * * cd '/srv/50\\% off' && sleep $(shuf -i 0-90 -n 1) && '/opt/my node' 100\\% 'a"$b' 'it'\\''s'\n`,
  );
});

test("a CronJob mounts the plan and does not overlap with itself", (t) => {
  const text = "schedule: '0 3 * * *'\nvolumes: []\n";
  const manifests = kubernetesManifests(COMMAND, {
    image: "registry/ashlar:1",
    text,
    flags: ["--repository", "s3://b"],
  });
  const [map, job] = parseAllDocuments(manifests).map((document) => document.toJS());
  t.is(map.data["plan.yaml"], text);
  t.like(job, { apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "ashlar-my-plan" } });
  t.like(job.spec, { schedule: "0 3 * * *", concurrencyPolicy: "Forbid" });
  const pod = job.spec.jobTemplate.spec.template.spec;
  t.is(pod.volumes[0].configMap.name, map.metadata.name);
  t.deepEqual(pod.containers[0].args.slice(2), [
    "--repository",
    "s3://b",
    "batch",
    "run",
    "/etc/ashlar/plan.yaml",
  ]);
  const waiting = { ...COMMAND, plan: { ...COMMAND.plan, overlap: "wait" as const } };
  t.true(kubernetesManifests(waiting, { image: "i", text, flags: [] }).includes("concurrencyPolicy: Allow"));
});

test("a plan is installed as units, and the line for cron runs it", async (t) => {
  const batches = await Batches.make(t);
  await batches.volumes("a.img");
  await batches.write("night.yaml", "schedule: { cron: '30 1 * * *' }\nvolumes: [{ path: a.img }]");
  await batches.write("never.yaml", "volumes: [{ path: a.img }]");
  const installed = await batches.run(
    "schedule",
    "install",
    "night.yaml",
    "--unit-dir",
    "units",
    "--repository",
    "r",
  );
  t.is(installed.code, 0, installed.talk);
  const service = await batches.read("units/ashlar-night.service");
  t.true(
    service.includes(
      ` --state-dir ${batches.at("state")} --repository ${batches.at("r")} batch run ${batches.at("night.yaml")}\n`,
    ),
  );
  const cron = await batches.run("schedule", "install", "night.yaml", "--cron");
  t.is(cron.code, 0, cron.talk);
  await run("/bin/sh", ["-c", cron.data.replace("30 1 * * * ", "")]);
  t.is((await batches.rows(t, 0, "volume", "backup", "list")).length, 1);
  const kubernetes = await batches.run("schedule", "install", "night.yaml", "--kubernetes");
  t.is(kubernetes.code, 0, kubernetes.talk);
  t.is(parse(kubernetes.data.split("---\n")[1]!).kind, "CronJob");
  const none = await batches.run("schedule", "install", "never.yaml", "--cron");
  t.is(none.code, 2);
  t.regex(none.talk, /it has no schedule/);
});
