/** Receivers of events that are silent or not there: told once, and never waited for beyond a few seconds. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import type { ServiceEvent } from "../../../src/service/notifier.js";
import { type Ended, Site } from "./site.js";

/** A server that takes connections and never says anything. */
async function silentServer(t: ExecutionContext): Promise<number> {
  const server = createServer((socket) => {
    t.teardown(() => socket.destroy());
    socket.on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A port that nobody listens on. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

const CREATE = ["volume", "backup", "create", "v", "--name", "b"];

async function siteWithVolume(t: ExecutionContext): Promise<Site> {
  const site = await Site.open(t);
  await writeFile(site.path("v"), "x".repeat(5000));
  return site;
}

function warningsOf({ talk }: Ended): string[] {
  return talk.split("\n").filter((line) => line.startsWith("ashlar: warning: "));
}

/** How the receiver is named, and what is said about it. */
const RECEIVERS: readonly [
  title: string,
  env: (t: ExecutionContext) => Promise<Record<string, string>>,
  said: RegExp,
][] = [
  [
    "a webhook that never answers",
    async (t) => ({
      ASHLAR_BACKUP_NOTIFICATION_WEBHOOK: `http://127.0.0.1:${await silentServer(t)}/t0pSECRET`,
    }),
    /Cannot notify the webhook at http:\/\/127\.0\.0\.1:\d+: it did not answer/,
  ],
  [
    "a webhook that refuses",
    async () => ({ ASHLAR_BACKUP_NOTIFICATION_WEBHOOK: `http://127.0.0.1:${await deadPort()}/t0pSECRET` }),
    /Cannot notify the webhook at http:\/\/127\.0\.0\.1:\d+: the connection failed/,
  ],
  [
    "a broker that never answers",
    async (t) => ({
      ASHLAR_NOTIFICATION_TRANSPORT_URL: `rabbit://a:t0pSECRET@127.0.0.1:${await silentServer(t)}/`,
    }),
    /Cannot notify rabbit:\/\/127\.0\.0\.1:\d+: /,
  ],
  [
    "a log in a directory that is not there",
    async () => ({ ASHLAR_BACKUP_NOTIFICATION_LOG: "/nonexistent/events.log" }),
    /Cannot append an event to "\/nonexistent\/events.log": it does not exist/,
  ],
];

for (const [title, envOf, said] of RECEIVERS) {
  test(`${title} is told once, and the backup is made`, async (t) => {
    const site = await siteWithVolume(t);
    const ended = await site.run(CREATE, { env: await envOf(t) });
    t.is(ended.code, 0, ended.talk);
    const warnings = warningsOf(ended);
    t.true(warnings.length >= 1 && warnings.length <= (title.includes("broker") ? 2 : 1), ended.talk);
    t.regex(warnings[0]!, said);
    t.false(ended.talk.includes("t0pSECRET"));
    t.is(await site.data(t, ["volume", "backup", "show", "b", "-f", "value", "-c", "status"]), "available\n");
  });
}

async function eventsOf(site: Site): Promise<ServiceEvent[]> {
  const text = await readFile(site.path("events"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as ServiceEvent);
}

test("damage that a verification finds, and what is refused before it begins, are events", async (t) => {
  const site = await siteWithVolume(t);
  const env = { ASHLAR_BACKUP_NOTIFICATION_LOG: site.path("events") };
  await site.data(t, CREATE);
  const repository = site.path("state", "repository");
  for (const entry of await readdir(repository, { recursive: true }))
    if (entry.endsWith("-00001")) await truncate(join(repository, entry), 4000);
  t.is((await site.run(["volume", "backup", "verify", "b"], { env })).code, 5);
  t.is((await site.run(["volume", "backup", "create", "nowhere.img", "--name", "c"], { env })).code, 3);
  t.is((await site.run(["volume", "backup", "restore", "nothing"], { env })).code, 3);
  const events = await eventsOf(site);
  t.deepEqual(
    events.map(({ event_type, priority }) => [event_type, priority]),
    [
      ["backup.verify.start", "INFO"],
      ["backup.verify.error", "ERROR"],
      ["backup.create.refused", "ERROR"],
      ["backup.restore.refused", "ERROR"],
    ],
  );
  t.regex(String(events[1]!.payload.fail_reason), /-00001/);
  t.like(events[2]!.payload, { volume: "nowhere.img", display_name: "c" });
  t.like(events[3]!.payload, { backup: "nothing" });
});

/** Sends the signal once the log says that the backup is complete. */
async function killAtEnd(site: Site, child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  while (!(await readFile(site.path("events"), "utf8")).includes("create.end") && child.exitCode === null)
    await sleep(20);
  child.kill(signal);
}

test("a signal ends the wait for a receiver at once; the backup is kept", async (t) => {
  const site = await siteWithVolume(t);
  const ASHLAR_BACKUP_NOTIFICATION_WEBHOOK = `http://127.0.0.1:${await silentServer(t)}/`;
  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    await writeFile(site.path("events"), "");
    const ended = await site.run(CREATE, {
      env: { ASHLAR_BACKUP_NOTIFICATION_LOG: site.path("events"), ASHLAR_BACKUP_NOTIFICATION_WEBHOOK },
      onStart: (child) => void killAtEnd(site, child, signal),
    });
    t.is(ended.code, 0, ended.talk);
    t.regex(ended.talk, /warning: /);
  }
  const list = await site.json<{ status: string }[]>(t, ["volume", "backup", "list"]);
  t.deepEqual(
    list.map(({ status }) => status),
    ["available", "available"],
  );
});
