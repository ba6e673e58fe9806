/** The Block Storage API, request by request. Messages and codes are those of real Cinder. */
import test, { type ExecutionContext } from "ava";
import { tokenAuthentication } from "../../src/api/auth/tokens.js";
import { type Ask, type Client, open } from "./fixture.js";

const NOBODY = "11111111-1111-4111-8111-111111111111";

async function diskOf(client: Client): Promise<string> {
  return (await client.ask("GET /v3/volumes?name=disk")).body.volumes[0].id;
}

async function refused(
  t: ExecutionContext,
  client: Client,
  line: string,
  [status, name, message]: readonly [number, string, string | RegExp],
  ask: Ask = {},
): Promise<void> {
  const answer = await client.ask(line, ask);
  t.is(answer.status, status, line);
  t.deepEqual(Object.keys(answer.body), [name], line);
  t.is(answer.body[name].code, status);
  if (typeof message === "string") t.is(answer.body[name].message, message);
  else t.regex(answer.body[name].message, message);
}

test("versions are found without a token", async (t) => {
  const client = await open(t, { authenticator: await tokenAuthentication([]) });
  const root = await client.ask("GET /");
  t.is(root.status, 300);
  t.like(root.body.versions[0], { id: "v3.0", status: "CURRENT", version: "3.71", min_version: "3.0" });
  t.is(root.body.versions[0].links[1].href, "http://localhost:8776/v3/");
  t.is((await client.ask("GET /v3")).status, 200);
  t.is((await client.ask("GET /v3/")).status, 200);
  const { status, headers, body } = await client.ask("GET /v3/backups");
  t.is(status, 401);
  t.is(body.error.title, "Unauthorized");
  t.is(headers.get("WWW-Authenticate"), "Token");
});

test("the health check needs no token, and fails with the catalog", async (t) => {
  const client = await open(t, { authenticator: await tokenAuthentication([]) });
  const check = async (): Promise<readonly [number, string]> => {
    const { status, text } = await client.askText("GET /healthcheck");
    return [status, text];
  };
  t.deepEqual(await check(), [200, "OK\n"]);
  await client.world.catalog.close();
  t.deepEqual(await check(), [503, "DISABLED BY CATALOG\n"]);
});

test("microversions are negotiated, and every answer has an id", async (t) => {
  const client = await open(t);
  const { headers } = await client.ask("GET /v3/backups", { version: "3.45" });
  t.is(headers.get("OpenStack-API-Version"), "volume 3.45");
  t.is(headers.get("Vary"), "OpenStack-API-Version");
  t.regex(headers.get("x-openstack-request-id")!, /^req-[0-9a-f-]{36}$/);
  t.is(headers.get("x-compute-request-id"), headers.get("x-openstack-request-id"));
  t.is((await client.ask("GET /v3/backups")).headers.get("OpenStack-API-Version"), "volume 3.0");
  const latest = await client.ask("GET /v3/backups", { version: "latest" });
  t.is(latest.headers.get("OpenStack-API-Version"), "volume 3.71");
  const unsupported = "Version 3.99 is not supported by the API. Minimum is 3.0 and maximum is 3.71.";
  await refused(t, client, "GET /v3/backups", [406, "computeFault", unsupported], { version: "3.99" });
  const malformed = "API Version String abc is of invalid format. Must be of format MajorNum.MinorNum.";
  await refused(t, client, "GET /v3/backups", [400, "badRequest", malformed], { version: "abc" });
  const gone = [404, "itemNotFound", "The resource could not be found."] as const;
  await refused(t, client, "GET /v3/messages", gone);
  t.is((await client.ask("GET /v3/messages", { version: "3.3" })).status, 200);
  await refused(t, client, "GET /v3/nothing", gone);
  await refused(t, client, `PUT /v3/backups/${NOBODY}`, gone, { body: { backup: { name: "x" } } });
});

test("the project in the path is the caller's, and links keep it", async (t) => {
  const client = await open(t);
  const id = await diskOf(client);
  const { body } = await client.ask(`GET /v3/admin/volumes/${id}`);
  t.is(body.volume.links[0].href, `http://localhost:8776/v3/admin/volumes/${id}`);
  t.is(body.volume.links[1].href, `http://localhost:8776/admin/volumes/${id}`);
  const bare = (await client.ask(`GET /v3/volumes/${id}`)).body.volume;
  t.is(bare.links[0].href, `http://localhost:8776/v3/volumes/${id}`);
  const other = { token: "ann:p" };
  await refused(t, client, "GET /v3/q/volumes", [400, "badRequest", "Malformed request url"], other);
});

test("a backup is created, shown, changed, restored, exported and deleted", async (t) => {
  const client = await open(t);
  const disk = await diskOf(client);
  const made = await client.ask("POST /v3/backups", {
    body: { backup: { volume_id: disk, name: " b ", container: null, incremental: "false", force: false } },
  });
  t.is(made.status, 202);
  const { id } = made.body.backup;
  t.deepEqual(Object.keys(made.body.backup), ["id", "name", "links"]);
  const backup = await client.settled(`/v3/backups/${id}`);
  t.like(backup, { status: "available", name: "b", size: 1, is_incremental: false, volume_id: disk });
  t.is(backup["os-backup-project-attr:project_id"], "admin");
  const old = (await client.ask(`GET /v3/backups/${id}`)).body.backup;
  t.false("metadata" in old || "user_id" in old || "os-backup-project-attr:project_id" in old);
  t.regex(old.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
  const changed = await client.ask(`PUT /v3/backups/${id}`, {
    ...{ version: "3.43", body: { backup: { name: "c", metadata: { k: "v" } } } },
  });
  t.is(changed.status, 200);
  client.world.clock.advance(1000);
  const next = await client.ask("POST /v3/backups", {
    ...{ version: "3.51", body: { backup: { volume_id: disk, incremental: true, metadata: { a: "b" } } } },
  });
  t.is(next.status, 202);
  const child = await client.settled(`/v3/backups/${next.body.backup.id}`);
  t.like(child, { status: "available", is_incremental: true, metadata: { a: "b" } });
  t.true((await client.settled(`/v3/backups/${id}`)).has_dependent_backups);
  const dependents = "Invalid backup: Incremental backups exist for this backup.";
  await refused(t, client, `DELETE /v3/backups/${id}`, [400, "badRequest", dependents]);
  const restored = await client.ask(`POST /v3/backups/${child.id}/restore`, {
    body: { restore: { volume_id: null, name: "copy" } },
  });
  t.is(restored.status, 202);
  t.like(restored.body.restore, { backup_id: child.id, volume_name: "copy" });
  const copy = await client.settled(`/v3/volumes/${restored.body.restore.volume_id}`);
  t.like(copy, { status: "available", size: 1, metadata: { src_backup_id: child.id } });
  const record = (await client.ask(`GET /v3/backups/${id}/export_record`)).body["backup-record"];
  t.is(record.backup_service, "cinder.backup.drivers.posix.PosixBackupDriver");
  await refused(
    t,
    client,
    "POST /v3/backups/import_record",
    [400, "badRequest", /Backup already exists in database\.$/],
    { body: { "backup-record": record } },
  );
  for (const one of [child.id, id]) {
    t.is((await client.ask(`DELETE /v3/backups/${one}`)).status, 202);
    t.is(await client.settled(`/v3/backups/${one}`), undefined);
  }
});

test("lists are paged, sorted, filtered and counted", async (t) => {
  const client = await open(t);
  const disk = await diskOf(client);
  for (const name of ["a1", "a2", "b3"]) {
    client.world.clock.advance(1000);
    const { body } = await client.ask("POST /v3/backups", { body: { backup: { volume_id: disk, name } } });
    await client.settled(`/v3/backups/${body.backup.id}`);
  }
  const names = async (query: string, version = "3.45"): Promise<string> => {
    const { body } = await client.ask(`GET /v3/backups/detail?${query}`, { version });
    return body.backups.map(({ name }: { readonly name: string }) => name).join(" ");
  };
  t.is(await names(""), "b3 a2 a1");
  t.is(await names("sort=name:asc"), "a1 a2 b3");
  t.is(await names("sort_key=name&sort_dir=asc&limit=1&offset=1"), "a2");
  t.is(await names("name=a2"), "a2");
  t.is(await names("name~=a"), "a2 a1");
  t.is(await names("name=a"), "");
  t.is(await names("status=error"), "");
  t.is(await names("nonsense=1"), "");
  t.is(await names("limit=0"), "");
  const page = await client.ask("GET /v3/backups?limit=2&with_count=True", { version: "3.45" });
  t.is(page.body.count, 3);
  const next = page.body.backups_links[0].href as string;
  t.regex(next, /^http:\/\/localhost:8776\/v3\/backups\?limit=2&with_count=True&marker=/);
  const rest = await client.ask(`GET ${next.slice("http://localhost:8776".length)}`, { version: "3.45" });
  t.is(rest.body.backups.length, 1);
  t.false("backups_links" in rest.body);
  t.false("count" in (await client.ask("GET /v3/backups")).body);
  const wrong: readonly (readonly [string, string, number?])[] = [
    ["limit=-1", "limit param must be positive"],
    ["limit=a", "limit param must be an integer"],
    ["offset=a", "offset must be an integer"],
    ["sort_key=foo", "Invalid input received: Invalid sort key"],
    ["sort=name:up", "Invalid input received: Unknown sort direction, must be 'desc' or 'asc'."],
    ["with_count=maybe", "Value 'maybe' for 'with_count' is not a boolean."],
  ];
  for (const [query, message] of wrong)
    await refused(t, client, `GET /v3/backups?${query}`, [400, "badRequest", message], { version: "3.45" });
  const unknown = `Backup ${NOBODY} could not be found.`;
  await refused(t, client, `GET /v3/backups?marker=${NOBODY}`, [404, "itemNotFound", unknown]);
});

test("lists of what is never there are empty", async (t) => {
  const client = await open(t);
  t.deepEqual((await client.ask("GET /v3/qos-specs")).body, { qos_specs: [] });
  t.deepEqual((await client.ask("GET /v3/types/default/encryption")).body, {});
  for (const path of ["os-volume-transfer", "os-volume-transfer/detail", "volume-transfers/detail"])
    t.deepEqual((await client.ask(`GET /v3/${path}`)).body, { transfers: [] }, path);
  t.is((await client.ask("POST /v3/volume-transfers", { body: { transfer: {} } })).status, 404);
});

test("bodies that do not fit are refused in the reference system's words", async (t) => {
  const client = await open(t);
  const of = "Invalid input for field/attribute";
  const cases: readonly (readonly [string, string, string | RegExp])[] = [
    ["POST /v3/backups", "{", "Malformed request body"],
    ["POST /v3/backups", "", "Malformed request body"],
    ["POST /v3/backups", "[]", "[] is not of type 'object'"],
    ["POST /v3/backups", '{"backup":{}}', `${of} backup. Value: {}. 'volume_id' is a required property`],
    ["POST /v3/backups", '{"backup":{"volume_id":"x"}}', `${of} volume_id. Value: x. 'x' is not a 'uuid'`],
    [
      ...(["POST /v3/backups", `{"backup":{"volume_id":"${NOBODY}","foo":1}}`] as const),
      `${of} backup. Value: {'volume_id': '${NOBODY}', 'foo': 1}. Additional properties are not allowed ('foo' was unexpected)`,
    ],
    [
      ...(["POST /v3/backups", `{"backup":{"volume_id":"${NOBODY}","name":5}}`] as const),
      `${of} name. Value: 5. 5 is not of type 'string', 'null'`,
    ],
    ["POST /v3/volumes", '{"volume":{"size":0}}', `${of} size. Value: 0. 0 is less than the minimum of 1`],
    ["POST /v3/volumes", '{"volume":{"size":"a"}}', `${of} size. Value: a. 'a' does not match '^[0-9]+$'`],
    [`POST /v3/backups/${NOBODY}/action`, '{"os-nothing":{}}', /^There is no such action: os-nothing\./],
    [
      ...([`POST /v3/backups/${NOBODY}/action`, '{"os-reset_status":{"status":"x"}}'] as const),
      "Backup status: x is invalid, valid statuses are: ['available', 'error'].",
    ],
  ];
  for (const [line, text, message] of cases)
    await refused(t, client, line, [400, "badRequest", message], { text });
  const gone = [404, "itemNotFound", `Volume ${NOBODY} could not be found.`] as const;
  await refused(t, client, "POST /v3/backups", gone, { body: { backup: { volume_id: NOBODY } } });
  const long = { text: " ".repeat(200_000) };
  await refused(t, client, "POST /v3/backups", [413, "overLimit", "Request is too large."], long);
});

test("projects do not see each other, and the policy is kept", async (t) => {
  const token = (name: string): string => `${name}-0123456789abcdef`;
  const entry = (user: string, project: string, role: string): object => ({
    ...{ token: token(user), user, project, roles: [role] },
  });
  const users = [entry("admin", "admin", "admin"), entry("ann", "p", "member"), entry("eve", "q", "member")];
  const authenticator = await tokenAuthentication([...users, entry("rod", "p", "reader")]);
  const client = await open(t, { authenticator });
  const as = (user: string, body?: unknown): Ask => ({ token: token(user), body });
  const made = await client.ask("POST /v3/volumes", as("ann", { volume: { size: 1, name: "v" } }));
  t.is(made.status, 202);
  const path = `/v3/volumes/${made.body.volume.id}`;
  const gone = [404, "itemNotFound", `Volume ${made.body.volume.id} could not be found.`] as const;
  await refused(t, client, `GET ${path}`, gone, as("eve"));
  await refused(t, client, `DELETE ${path}`, gone, as("eve"));
  t.deepEqual((await client.ask("GET /v3/volumes?all_tenants=1", as("eve"))).body.volumes, []);
  t.is((await client.ask(`GET ${path}`, as("rod"))).status, 200);
  t.is((await client.ask(`GET ${path}`, as("admin"))).status, 200);
  const denied = [403, "forbidden", "Policy doesn't allow volume:delete to be performed."] as const;
  await refused(t, client, `DELETE ${path}`, denied, as("rod"));
  t.is((await client.ask("GET /v3/os-services", as("ann"))).status, 403);
  t.is((await client.ask("GET /v3/volumes", { token: "wrong-0123456789abcdef" })).status, 401);
  t.is(client.records.at(-1)?.caller, undefined);
});

test("a member updates the status of a snapshot that is made outside, and resets none", async (t) => {
  const token = "ann-0123456789abcdef";
  const user = { token, user: "ann", project: "admin", roles: ["member"] };
  const client = await open(t, { authenticator: await tokenAuthentication([user]) });
  const volume = await client.service.findVolume("disk");
  const place = { kind: "registered", source: volume.source!, volumeId: volume.id } as const;
  const row = { id: NOBODY, size: volume.size, status: "creating", projectId: "admin" } as const;
  await client.world.catalog.snapshots.insert({ ...row, ...place });
  const path = `POST /v3/snapshots/${NOBODY}/action`;
  const update = { "os-update_snapshot_status": { status: "available", progress: "80%" } };
  t.is((await client.ask(path, { token, body: update })).status, 202);
  t.is((await client.service.findSnapshot(NOBODY)).progress, "80%");
  const rule = "volume_extension:snapshot_admin_actions:reset_status";
  const denied = [403, "forbidden", `Policy doesn't allow ${rule} to be performed.`] as const;
  await refused(t, client, path, denied, { token, body: { "os-reset_status": { status: "error" } } });
});

test("a project that asks too often is told when to come again", async (t) => {
  const client = await open(t, { requestsPerMinute: 2 });
  t.is((await client.ask("GET /v3/limits")).status, 200);
  t.is((await client.ask("GET /v3/limits")).status, 200);
  const { status, headers, body } = await client.ask("GET /v3/limits");
  t.is(status, 413);
  t.is(headers.get("Retry-After"), "30");
  t.is(body.overLimit.retryAfter, "30");
  client.world.clock.advance(30_000);
  t.is((await client.ask("GET /v3/limits")).status, 200);
});

test("a list takes as many statements for one backup as for many", async (t) => {
  const client = await open(t);
  const { catalog, database } = client.world;
  const all = database.all.bind(database);
  let count = 0;
  database.all = (...given) => {
    count++;
    return all(...given);
  };
  const statements = async (path: string): Promise<number> => {
    count = 0;
    t.is((await client.ask(`GET ${path}`)).status, 200);
    return count;
  };
  const add = async (number: number): Promise<void> => {
    const id = `${NOBODY.slice(0, -2)}${number}`;
    await catalog.volumes.insert({
      id,
      name: `v${number}`,
      size: 1,
      status: "available",
      projectId: "admin",
    });
    const { repository } = client.world.settings;
    await catalog.backups.insert({
      ...{ id, volumeId: id, status: "available", size: 1, projectId: "admin", repository },
    });
  };
  await add(10);
  const one = await statements("/v3/backups/detail?limit=20");
  const oneChain = await statements("/v3/os-chains");
  for (let number = 11; number < 40; number++) await add(number);
  t.is(await statements("/v3/backups/detail?limit=20"), one);
  t.is(await statements("/v3/os-chains"), oneChain);
  t.true(one <= 2, `${one} statements`);
  t.true(oneChain <= 5, `${oneChain} statements`);
});

test("no answer has a path of the host", async (t) => {
  const client = await open(t);
  const disk = await diskOf(client);
  const { source } = await client.service.findVolume("disk");
  const { rm } = await import("node:fs/promises");
  await rm(source!);
  const { body } = await client.ask("POST /v3/backups", { body: { backup: { volume_id: disk } } });
  const failed = await client.settled(`/v3/backups/${body.backup.id}`);
  t.is(failed.status, "error");
  t.regex(failed.fail_reason, /does not exist/);
  t.false(JSON.stringify(failed).includes(client.world.directory));
});
