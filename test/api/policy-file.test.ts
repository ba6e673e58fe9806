/** Policy files: the reference system's rules, in force on every route, and errors that name file, line and rule. */
import test from "ava";
import { tokenAuthentication } from "../../src/api/auth/tokens.js";
import { parsePolicyFile } from "../../src/api/policy-file.js";
import { UsageError } from "../../src/errors.js";
import { ACTIONS, POLICY, type Rule } from "../../src/service/access/policy.js";
import { start } from "../service/fixture.js";
import { Client } from "./fixture.js";

const ROLES = ["reader", "member", "admin", "operator"];

/** The roles that a rule lets pass. */
function passes(text: string): string {
  const { policy } = parsePolicyFile(text, "policy.yaml");
  const rule = policy["backup:create"] as Rule;
  return ROLES.filter((role) => rule.allows({ userId: "u", projectId: "p", roles: [role] })).join(" ");
}

const RULES: readonly (readonly [rule: string, roles: string])[] = [
  ["role:admin", "admin"],
  ["role:member", "member admin"],
  ["role:reader", "reader member admin"],
  ["role:operator", "operator"],
  ["role:Operator or rule:admin_api", "admin operator"],
  ["is_admin:True or (role:member and project_id:%(project_id)s)", "member admin"],
  ["role:member and not role:admin", "member"],
  ["not (role:member or role:operator)", "reader"],
  ["rule:admin_or_owner", "member admin"],
  ["rule:backup:delete", "member admin"],
  ["@", "reader member admin operator"],
  ["", "reader member admin operator"],
  ["!", ""],
];

for (const [rule, roles] of RULES) {
  test(`"${rule}" is for ${roles || "nobody"}`, (t) => {
    t.is(passes(`"backup:create": "${rule}"\n`), roles);
  });
}

test("rules refer to each other, and names without an effect are found", (t) => {
  const text = `# ours
"operators": "role:operator or rule:admin_api"
"backup:create": "rule:operators"
"group:create": "role:member"
`;
  const { unused, policy } = parsePolicyFile(text, "policy.yaml");
  t.deepEqual(unused, ["group:create"]);
  t.deepEqual(Object.keys(policy), ["backup:create"]);
  t.is(passes(text), "admin operator");
  t.deepEqual(parsePolicyFile("# nothing\n", "policy.yaml"), { policy: {}, unused: [] });
});

const WRONG: readonly (readonly [text: string, message: RegExp])[] = [
  [
    `a: "@"\nb: "role:"\n`,
    /"p\.yaml": line 2, rule "b": Cannot read rule "role:" at "role:": want role:NAME/,
  ],
  [`b: "role:x and"\n`, /line 1, rule "b": Cannot read rule "role:x and" at its end/],
  [`b: "(role:x"\n`, /line 1, rule "b": Cannot read rule "\(role:x" at its end/],
  [`b: "role:x role:y"\n`, /at "role:y"/],
  [`b: "user_id:%(user_id)s"\n`, /at "user_id:/],
  [`\n\nb: "rule:nobody"\n`, /line 3, rule "b": there is no rule "nobody"/],
  [`b: "rule:c"\nc: "rule:b"\n`, /line 1, rule "b" refers to itself/],
  [`b: [["role:x"]]\n`, /line 1, rule "b": want a text, got \[\["role:x"\]\]/],
  ["- a\n", /want rules by name/],
  [`b: "unfinished\n`, /Cannot use policy file "p\.yaml": /],
  [`context_is_admin: "@"\n`, /line 1, rule "context_is_admin": .* always "role:admin"/],
];

for (const [text, message] of WRONG) {
  test(`refuses ${JSON.stringify(text)}`, (t) => {
    t.throws(() => parsePolicyFile(text, "p.yaml"), { instanceOf: UsageError, message });
  });
}

test("rules are in force", async (t) => {
  const text = `"backup:create": "role:operator"\n"volume_extension:services:index": "role:reader"\n"volume:get": "!"\n`;
  const { world } = await start(t);
  const { policy } = parsePolicyFile(text, "policy.yaml");
  const service = await world.open({ policy });
  const user = (name: string, roles: readonly string[]): object => ({
    ...{ token: `${name}-0123456789abcdef`, user: name, project: "admin", roles },
  });
  const users = [user("ann", ["member"]), user("ops", ["operator", "reader"])];
  const client = new Client(world, service, { authenticator: await tokenAuthentication(users) });
  const [ann, ops] = ["ann-0123456789abcdef", "ops-0123456789abcdef"];
  const volume = await service.findVolume("disk").catch(async () => (await world.catalog.volumes.list())[0]!);
  const body = { backup: { volume_id: volume.id } };
  const refused = await client.ask("POST /v3/backups", { token: ann, body });
  t.is(refused.status, 403);
  t.is(refused.body.forbidden.message, "Policy doesn't allow backup:create to be performed.");
  const made = await client.ask("POST /v3/backups", { token: ops, body });
  t.is(made.status, 202);
  t.is((await client.ask("GET /v3/os-services", { token: ann })).status, 200);
  t.is((await client.ask(`GET /v3/volumes/${volume.id}`, { token: ann })).status, 403);
  t.is((await client.ask("GET /v3/scheduler-stats/get_pools", { token: ann })).status, 403);
  for (let status = "creating"; status === "creating"; )
    status = (await client.ask(`GET /v3/backups/${made.body.backup.id}`, { token: ops })).body.backup.status;
});

test("the documentation has every action with its role", async (t) => {
  const { readFile } = await import("node:fs/promises");
  const page = await readFile(new URL("../../../docs/api.md", import.meta.url), "utf8");
  for (const action of ACTIONS) t.true(page.includes(`| \`${action}\` | ${POLICY[action]} |`), action);
});
