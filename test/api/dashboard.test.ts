/** What a dashboard asks for: operations with their stages, chains, memory, the repository, and verification. */
import { rename } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import { createApi } from "../../src/api/api.js";
import { noAuthentication } from "../../src/api/auth/noauth.js";
import { tokenAuthentication } from "../../src/api/auth/tokens.js";
import { parsePolicyFile } from "../../src/api/policy-file.js";
import type { ChainLink, EndedAnswer } from "../../src/api/views/dashboard.js";
import { readUiFiles } from "../../src/node/ui-files.js";
import type { VolumeStream } from "../../src/sources/volume.js";
import { chainCount, placePoints } from "../../src/ui/chains.js";
import { damage, start } from "../service/fixture.js";
import { Client, open } from "./fixture.js";

const NOBODY = "11111111-1111-4111-8111-111111111111";
const PATH_OR_URL = /\/tmp\/|file:/;

/** Tokens of an admin, and of members of two projects. */
const users = ["admin", "ann", "eve"].map((user) => ({
  ...{ token: `${user}-0123456789abcdef`, user },
  ...{ project: user === "eve" ? "q" : "p", roles: [user === "admin" ? "admin" : "member"] },
}));
const as = (user: string): { readonly token: string } => ({ token: `${user}-0123456789abcdef` });

/** A volume of zeros whose bytes come when they are let go. */
function slowStream(size: number): VolumeStream & { release: () => void } {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let read = 0;
  return {
    get size() {
      return read;
    },
    async readNext(buffer) {
      if (read > 0) await released;
      const length = Math.min(buffer.length, size - read);
      buffer.fill(0, 0, length);
      read += length;
      return length;
    },
    close: async () => undefined,
    release: () => release(),
  };
}

async function ended(client: Client, count: number): Promise<readonly EndedAnswer[]> {
  for (;;) {
    const { body } = await client.ask("GET /v3/os-operations");
    if (body.ended.length >= count) return body.ended;
    await sleep(5);
  }
}

test("a running operation is shown with its progress, stages and memory, and counted", async (t) => {
  const client = await open(t);
  const { service } = client;
  const input = slowStream(3_000_000);
  const made = service.createBackup({ volume: "pipe", input });
  const shown = async () => (await client.ask("GET /v3/os-operations")).body.operations;
  while (((await shown())[0]?.stages.length ?? 0) === 0) await sleep(5);
  client.world.clock.advance(2000);
  const [operation] = await shown();
  t.like(operation, { number: 1, kind: "backup", state: "running" });
  t.is(operation.holder, undefined);
  t.deepEqual(
    operation.stages.map(({ stage }: { stage: string }) => stage),
    ["read", "digest", "diff", "compress", "store"],
  );
  for (const { busy_seconds, wait_input_seconds, wait_output_seconds } of operation.stages)
    t.is(busy_seconds + wait_input_seconds + wait_output_seconds, 2);
  const { memory } = (await client.ask("GET /v3/os-memory")).body;
  t.like(memory, { planned: operation.memory, waiting: 0, limit: null, resident: null });
  t.like(memory, { running_operations: 1, waiting_operations: 0, queued_tasks: 0 });
  t.true(memory.planned > 0);
  const monitor = service.monitor();
  t.like(monitor.totals()[0], { kind: "backup" });
  t.is(monitor.totals()[0]!.ended.size, 0);
  input.release();
  await made;
  t.deepEqual(await shown(), []);
  const [totals] = monitor.totals();
  t.deepEqual([...totals!.ended], [["done", 1]]);
  t.is(totals!.bytesDone, 3_000_000);
  t.deepEqual(
    totals!.stages.map(({ stage, bytes }) => [stage, bytes > 0]),
    [
      ["read", true],
      ["digest", true],
      ["diff", true],
      ["compress", true],
      ["store", true],
    ],
  );
  t.is((await monitor.backupCounts()).get("available"), 1);
});

test("backups are verified in the background, and the outcome is kept", async (t) => {
  const client = await open(t);
  const { world, service } = client;
  const made = await world.backup(service, { volume: "disk", name: "good" });
  const { id } = made.backup;
  const path = `/v3/backups/${id}/action`;
  t.is((await client.ask(`POST ${path}`, { body: { "os-verify": null } })).status, 202);
  const [good] = await ended(client, 1);
  t.like(good, { action: "verify backup", resource_uuid: id, resource_type: "VOLUME_BACKUP", error: null });
  t.regex(good!.request_id!, /^req-/);
  await damage(world.objectPath(made, "-00001"), 100);
  t.is((await client.ask(`POST ${path}`, { body: { "os-verify": { sample: null } } })).status, 202);
  const [bad] = await ended(client, 2);
  t.regex(bad!.error!, /^Cannot /);
  t.notRegex(bad!.error!, PATH_OR_URL);
  const verified = service
    .monitor()
    .totals()
    .find(({ kind }) => kind === "verify")!;
  t.deepEqual([...verified.ended.keys()], ["done", "integrity"]);
  const { messages } = (await client.ask("GET /v3/messages", { version: "3.3" })).body;
  t.like(messages[0], { event_id: "VOLUME_VOLUME_BACKUP_901_001", resource_uuid: id });
  for (const sample of [0, 1, "x"]) {
    const { status, body } = await client.ask(`POST ${path}`, { body: { "os-verify": { sample } } });
    t.is(status, 400);
    t.regex(body.badRequest.message, /is not a share above 0 and below 1/);
  }
  const gone = await client.ask(`POST /v3/backups/${NOBODY}/action`, { body: { "os-verify": {} } });
  t.is(gone.status, 404);
  await service.resetBackup(id, "error");
  const unfit = await client.ask(`POST ${path}`, { body: { "os-verify": {} } });
  t.is(unfit.body.badRequest.message, "Invalid backup: Backup status must be available");
});

test("chains have parents and stored sizes, and pages", async (t) => {
  const client = await open(t);
  const { world, service } = client;
  const { backup: full } = await world.backup(service, { volume: "disk", name: "full" });
  const { backup: next } = await world.backup(service, { volume: "disk", name: "next", incremental: true });
  const { body } = await client.ask("GET /v3/os-chains?limit=1&sort=created_at:desc");
  t.like(body.backups[0], {
    ...{ id: next.id, name: "next", status: "available", parent_id: full.id, chain_length: 2 },
    ...{ volume_name: "disk", has_dependent_backups: false, project_id: "admin" },
    ...{ stored_size: next.storedSize, volume_size: full.volumeSize, fail_reason: null },
  });
  t.is(
    body.backups_links[0].href,
    `http://localhost:8776/v3/os-chains?limit=1&sort=created_at%3Adesc&marker=${next.id}`,
  );
  const rest = await client.ask(`GET /v3/os-chains?limit=1&marker=${next.id}&with_count=1`, {
    version: "3.45",
  });
  t.like(rest.body.backups[0], { id: full.id, parent_id: null, has_dependent_backups: true });
  t.is(rest.body.count, 2);
});

test("the repository's health names no address, and is counted by the caller's projects", async (t) => {
  const { world, service } = await start(t);
  const client = new Client(world, service, { authenticator: await tokenAuthentication(users) });
  await world.backup(service.as({ userId: "ann", projectId: "p", roles: ["admin"] }), { volume: "disk" });
  const ask = async (user: string) => (await client.ask("GET /v3/os-repository", as(user))).body.repository;
  t.like(await ask("ann"), { state: "present", is_marked: true, error: null, backups: { available: 1 } });
  t.true((await ask("admin")).stored_size > 0);
  t.deepEqual((await ask("eve")).backups, {});
  t.is((await ask("eve")).stored_size, 0);
  await rename(world.repositoryPath, `${world.repositoryPath}.away`);
  const missing = await ask("ann");
  t.is(missing.state, "missing");
  t.regex(missing.error, /^Cannot use repository "\(an address\)": /);
});

test("projects do not see each other's work, and a policy that forbids lists leaves health checks alone", async (t) => {
  const { world } = await start(t);
  const { policy } = parsePolicyFile('"operation:get_all": "!"\n"backup:get_all": "!"', "p.yaml");
  const authenticator = await tokenAuthentication(users);
  const client = new Client(world, await world.open(), { authenticator });
  const { backup } = await world.backup(
    client.service.as({ userId: "ann", projectId: "p", roles: ["admin"] }),
    { volume: "disk" },
  );
  const verify = { body: { "os-verify": {} } };
  const line = `POST /v3/backups/${backup.id}/action`;
  t.is((await client.ask(line, { ...as("eve"), ...verify })).status, 404);
  t.is((await client.ask(line, { ...as("ann"), ...verify })).status, 202);
  const seen = async (user: string) =>
    (await client.ask("GET /v3/os-operations", as(user))).body.ended.length as number;
  while ((await seen("ann")) === 0) await sleep(5);
  t.is(await seen("admin"), 1);
  t.is(await seen("eve"), 0);
  t.deepEqual((await client.ask("GET /v3/os-chains", as("eve"))).body.backups, []);
  t.is((await client.ask("GET /v3/os-memory", as("ann"))).status, 403);
  t.is((await client.ask("GET /v3/os-memory", as("admin"))).status, 200);
  const strict = new Client(world, await world.open({ policy }), { authenticator });
  t.is((await strict.ask("GET /v3/os-operations", as("admin"))).status, 403);
  t.is((await strict.askText("GET /healthcheck")).status, 200);
  t.is((await strict.service.monitor().backupCounts()).get("available"), 1);
});

test("the page is served without a token, and may ask this server alone", async (t) => {
  const { world, service } = await start(t);
  const authenticator = await tokenAuthentication([]);
  const client = new Client(world, service, { authenticator, page: await readUiFiles() });
  const moved = await client.askText("GET /ui");
  t.is(moved.status, 302);
  t.is(moved.headers.get("Location"), "ui/");
  const page = await client.askText("GET /ui/");
  t.is(page.status, 200);
  t.is(page.headers.get("Content-Type"), "text/html; charset=utf-8");
  const policy = page.headers.get("Content-Security-Policy")!;
  t.true(policy.startsWith("default-src 'none'; script-src 'self'; style-src 'self';"));
  t.false(/unsafe|https?:/.test(policy));
  for (const [, name] of page.text.matchAll(/(?:src|href)="([^"#]+)"/g))
    t.is((await client.askText(`GET /ui/${name}`)).status, 200, name);
  for (const line of ["GET /ui/none.js", "GET /ui/../api.js", "GET /ui/%2e%2e/x", "POST /ui/", "GET /uix"])
    t.is((await client.askText(line)).status, 404, line);
  t.is((await new Client(world, service, { authenticator }).askText("GET /ui/")).status, 404);
});

test("a page of another site changes nothing, also without authentication", async (t) => {
  const { world, service } = await start(t);
  const answer = createApi({
    ...{ service, authenticator: noAuthentication, clock: world.clock, hostName: "h" },
    availabilityZone: "nova",
  });
  const statusOf = async (site: string, method: string): Promise<number> => {
    const body = method === "POST" ? JSON.stringify({ volume: { size: 1 } }) : null;
    const headers = { "Sec-Fetch-Site": site, "Content-Type": "text/plain" };
    return (await answer(new Request("http://localhost/v3/volumes", { method, headers, body }))).status;
  };
  t.is(await statusOf("cross-site", "POST"), 403);
  t.is(await statusOf("same-site", "POST"), 403);
  t.is(await statusOf("same-origin", "POST"), 202);
  t.is(await statusOf("cross-site", "GET"), 200);
});

test("the picture of chains fits its width, keeps the order, and gives branches and overlapping chains room", (t) => {
  const link = (id: string, parent_id: string | null, day: number): ChainLink => ({
    ...{ id, parent_id, name: id, status: "available", fail_reason: null, volume_id: "v", volume_name: "v" },
    ...{ has_dependent_backups: false, chain_length: 1, data_timestamp: null, size: 1, volume_size: 1 },
    ...{ stored_size: 1, object_count: 1 },
    created_at: `2026-01-${`${day}`.padStart(2, "0")}T00:00:00.000000`,
  });
  const newestFirst = [
    link("b3", "b1", 20),
    link("a3", "a2", 19),
    link("b2", "b1", 3),
    link("b1", null, 3),
    link("a2", "a1", 2),
    link("a1", null, 1),
  ];
  for (const width of [360, 1100]) {
    const points = placePoints(newestFirst, width);
    t.deepEqual(
      points.map(({ backup, lane }) => [backup.id, lane]),
      [...["a1", "a2"].map((id) => [id, 0]), ["b1", 1], ["b2", 1], ["a3", 0], ["b3", 1]],
    );
    points.forEach(({ x }, i) => {
      t.true(x >= 10 && x <= width - 10, `${x}`);
      if (i > 0) t.true(x - points[i - 1]!.x >= 17.9, `${x}`);
    });
  }
  t.is(placePoints(newestFirst, 60).length, 2);
  t.deepEqual(
    placePoints(newestFirst.slice(1, 3), 400).map(({ lane }) => lane),
    [0, 0],
  );
  t.is(chainCount(newestFirst), 2);
  t.deepEqual(placePoints([], 400), []);
});
