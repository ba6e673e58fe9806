/**
 * Requests that nobody would write: whatever bodies, ids, headers and queries have, the API answers below 500, with a
 * fault of the usual shape, shows no path of the host, and shows one project nothing of another.
 */
import test from "ava";
import fc from "fast-check";
import { tokenAuthentication } from "../../src/api/auth/tokens.js";
import { ROUTES } from "../../src/api/routes/all.js";
import { type Client, open } from "./fixture.js";

const SECRET = "belongs-to-ann";
const token = (name: string): string => `${name}-0123456789abcdef`;

interface Site {
  readonly client: Client;
  /** Of a volume, a snapshot and a backup of Ann's. */
  readonly ids: readonly string[];
}

async function openSite(t: Parameters<typeof open>[0]): Promise<Site> {
  const user = (name: string, project: string, role: string): object => ({
    ...{ token: token(name), user: name, project, roles: [role] },
  });
  const users = [user("ann", "admin", "member"), user("eve", "q", "member"), user("root", "r", "admin")];
  const client = await open(t, { authenticator: await tokenAuthentication(users) });
  const { id: volume, source, size } = await client.service.findVolume("disk");
  await client.service.updateVolume({ volume, name: SECRET });
  const { backup } = await client.service.createBackup({ volume, name: SECRET });
  const snapshot = { id: crypto.randomUUID(), volumeId: volume, name: SECRET, projectId: "admin", size };
  await client.world.catalog.snapshots.insert({
    ...{ ...snapshot, status: "available", kind: "registered", source: source! },
  });
  return { client, ids: [volume, snapshot.id, backup.id] };
}

const ODD = [
  ...[
    "",
    " ",
    "%",
    "%00",
    "..",
    "../..",
    "latest",
    "null",
    "-1",
    "0",
    "1e9",
    "9999999999999999999",
    "\u0000",
  ],
  ...["__proto__", "constructor", "' OR 1=1 --", "a".repeat(300), "\ud800", "é", "name~", "True", "{}", "[]"],
];
const word = fc.oneof(fc.constantFrom(...ODD), fc.string({ maxLength: 20 }));
const leaf = fc.oneof(word, fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
const NAMES = [
  ...["backup", "volume", "snapshot", "restore", "backup-record", "metadata", "meta", "quota_set"],
  ...[
    "quota_class_set",
    "volume_id",
    "snapshot_id",
    "backup_id",
    "source_volid",
    "name",
    "description",
    "size",
  ],
  ...[
    "force",
    "incremental",
    "container",
    "availability_zone",
    "status",
    "backup_service",
    "backup_url",
    "ref",
  ],
  ...["source-name", "new_size", "readonly", "bootable", "volumes", "backups", "progress", "__proto__"],
];

function bodyOf(ids: readonly string[]): fc.Arbitrary<unknown> {
  const value = fc.oneof(leaf, fc.constantFrom(...ids));
  const key = fc.oneof(fc.constantFrom(...NAMES), word);
  const inner = fc.oneof(value, fc.array(value, { maxLength: 3 }), fc.dictionary(key, value, { maxKeys: 6 }));
  const actions = ROUTES.flatMap(({ action }) => (action === undefined ? [] : [action]));
  const outer = fc.oneof(fc.constantFrom(...NAMES, ...actions), word);
  return fc.oneof(fc.dictionary(outer, inner, { minKeys: 1, maxKeys: 2 }), inner);
}

const QUERY = [
  ...[
    "limit",
    "marker",
    "offset",
    "sort",
    "sort_key",
    "sort_dir",
    "all_tenants",
    "with_count",
    "name",
    "name~",
  ],
  ...[
    "status",
    "metadata",
    "created_at",
    "size",
    "project_id",
    "usage",
    "cascade",
    "force",
    "host",
    "resource",
  ],
];
const HEADERS = [
  ...["accept", "content-type", "content-length", "transfer-encoding", "origin", "sec-fetch-site", "host"],
  ...["x-openstack-request-id", "x-forwarded-host", "x-forwarded-proto", "x-auth-project-id", "x-roles"],
  ...["x-project-id", "x-service-token", "openstack-api-version", "if-none-match", "range"],
];
const VALUES = [
  ...["admin", "cross-site", "same-origin", "http://other.example", "volume 3.99", "volume x, compute 2.1"],
  ...["text/plain", "application/json; charset=utf-16", "*/*", "0", "-1", "chunked", "bytes=0-"],
  ...["req-00000000-0000-4000-8000-000000000000", "req-../..", "a".repeat(5000)],
];
const VERSIONS = ["3.0", "3.9", "3.34", "3.45", "3.51", "3.60", "3.71", "latest", "3.99", "x", ""];

interface Shot {
  /** In front of the route's path: none, the user's, another's, or one that does not exist. */
  readonly project: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly route: (typeof ROUTES)[number];
  readonly parts: readonly string[];
  readonly query: readonly (readonly [string, string])[];
  readonly version: string;
  readonly body: unknown;
  readonly text: string | undefined;
}

function shotOf(ids: readonly string[]): fc.Arbitrary<Shot> {
  const part = fc.oneof(fc.constantFrom(...ids), word);
  return fc.record({
    project: fc.oneof({ weight: 6, arbitrary: fc.constant("") }, fc.constantFrom("admin", "q", "r"), word),
    headers: fc.array(fc.tuple(fc.constantFrom(...HEADERS), fc.oneof(fc.constantFrom(...VALUES), word)), {
      maxLength: 2,
    }),
    route: fc.constantFrom(...ROUTES),
    parts: fc.array(part, { minLength: 2, maxLength: 2 }),
    query: fc.array(fc.tuple(fc.oneof(fc.constantFrom(...QUERY), word), fc.oneof(part, leaf.map(String))), {
      maxLength: 3,
    }),
    version: fc.constantFrom(...VERSIONS),
    body: bodyOf(ids),
    text: fc.option(fc.constantFrom("{", "[]", "nul", '"x"', "\u0000", "{}"), { nil: undefined, freq: 8 }),
  });
}

function lineOf({ route, parts, query, project }: Shot): string {
  let next = 0;
  const path = route.path.replaceAll(/:\w+/g, () =>
    encodeURIComponent(wellFormed(parts[next++ % parts.length]!)),
  );
  const search = new URLSearchParams(query.map(([name, value]) => [wellFormed(name), wellFormed(value)]));
  const before = project === "" ? "" : `/${encodeURIComponent(wellFormed(project))}`;
  return `${route.method} /v3${before}${path}?${search}`;
}

/** `encodeURIComponent` refuses halves of surrogate pairs, which no client can send either. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Cs}/gu, "\ufffd");
}

/** What a client can send as a header: the others no program for HTTP sends. */
function headersOf({ headers }: Shot): Record<string, string> {
  return Object.fromEntries(headers.map(([name, value]) => [name, value.replaceAll(/[^\t\x20-\xff]/g, "?")]));
}

async function fire(client: Client, user: string, shot: Shot): Promise<{ status: number; text: string }> {
  const hasBody = shot.route.method === "POST" || shot.route.method === "PUT";
  const sent = hasBody ? { text: shot.text ?? JSON.stringify(shot.body) ?? "null" } : {};
  const { status, body } = await client.ask(lineOf(shot), {
    ...{ token: token(user), version: shot.version, headers: headersOf(shot), ...sent },
  });
  return { status, text: JSON.stringify(body ?? null) };
}

test("no request gets an answer of 500, and none shows a path of the host", async (t) => {
  const { client, ids } = await openSite(t);
  const counts = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(shotOf(ids), fc.constantFrom("ann", "eve", "root"), async (shot, user) => {
      const { status, text } = await fire(client, user, shot);
      counts.set(status, (counts.get(status) ?? 0) + 1);
      t.true(status < 500, `${status} ${lineOf(shot)} ${JSON.stringify(shot.body)} ${text}`);
      t.false(text.includes(client.world.directory), lineOf(shot));
      if (status < 400 || status === 401) return;
      const [fault, ...more] = Object.values(
        JSON.parse(text) as Record<string, { code: number; message: string }>,
      );
      t.is(more.length, 0);
      t.is(fault!.code, status);
      t.is(typeof fault!.message, "string");
    }),
    { seed: 15, numRuns: 1500 },
  );
  t.log([...counts].sort().join(" "));
  t.true((counts.get(200) ?? 0) > 50, "some requests are good ones");
});

test("a project sees and changes nothing of another's", async (t) => {
  const { client, ids } = await openSite(t);
  const { catalog } = client.world;
  const rows = async (): Promise<unknown> => [
    ...[
      await catalog.volumes.list({ projectId: "admin" }),
      await catalog.backups.list({ projectId: "admin" }),
    ],
    await catalog.snapshots.list({ projectId: "admin" }),
  ];
  const before = await rows();
  await fc.assert(
    fc.asyncProperty(shotOf(ids), async (shot) => {
      const { status, text } = await fire(client, "eve", shot);
      t.true(status < 500, `${status} ${lineOf(shot)}`);
      const asked = lineOf(shot) + JSON.stringify(shot.body);
      t.false(text.includes(SECRET), `${asked} ${text}`);
      for (const id of ids)
        t.true(!text.includes(id) || asked.includes(id) || status >= 400, `${asked} ${text}`);
    }),
    { seed: 16, numRuns: 1000 },
  );
  t.deepEqual(await rows(), before);
});
