/** The functional tests that come with OpenStack's SDK and the `cinder` client, behind a real Keystone. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { temporaryDirectory } from "../../helpers/temporary-directory.js";
import { KeystoneAdmin } from "../../stores/keystone-admin.js";
import { startSite } from "../../tempest/harness.js";

const run = promisify(execFile);
const OUTPUT_MAX = 16 * 1024 ** 2;
const SDK = ["backup", "volume", "snapshot", "limits", "availability_zone", "extension", "resource_filters"];
/** Left out is `test_type` of the SDK, which makes a volume type: there is one. */
const TESTS: readonly string[] = [
  ...SDK.map((name) => `openstack.tests.functional.block_storage.v3.test_${name}`),
  ...["Backup", "Volume", "Snapshot"].map(
    (name) => `cinderclient.tests.functional.test_cli.Cinder${name}Tests`,
  ),
  "cinderclient.tests.functional.test_readonly_cli",
];
const COUNT = 27;
/** Names of the clouds that the SDK's tests use, and their users, whose projects have the same name. */
const CLOUDS = { "devstack-admin": "admin", devstack: "demo", "devstack-alt": "alt_demo" } as const;

test("the functional tests of OpenStack's clients pass", async (t) => {
  t.timeout(1_800_000);
  const directory = await temporaryDirectory(t);
  const { authUrl } = await startSite(t, directory);
  const admin = new KeystoneAdmin(authUrl);
  // The SDK's tests skip themselves unless the catalog has one; they ask nothing of it.
  await admin.addObjectStore({ RegionOne: "http://127.0.0.1:9/" });
  for (const name of ["demo", "alt_demo"]) await addUser(admin, name);
  await writeFile(join(directory, "clouds.yaml"), clouds(authUrl));

  const env = {
    ...{ PATH: "/usr/bin:/bin", HOME: directory, OS_CLIENT_CONFIG_FILE: join(directory, "clouds.yaml") },
    ...{
      OS_TEST_TIMEOUT: "900",
      OPENSTACKSDK_FUNC_TEST_TIMEOUT: "600",
      OS_CINDERCLIENT_EXEC_DIR: "/usr/bin",
    },
    ...{ OS_AUTH_URL: authUrl, OS_USERNAME: "admin", OS_PASSWORD: "admin", OS_PROJECT_NAME: "admin" },
    ...{ OS_USER_DOMAIN_ID: "default", OS_PROJECT_DOMAIN_ID: "default" },
  };
  const words = ["-m", "testtools.run", ...TESTS];
  const printed = await run("/usr/bin/python3", words, { cwd: directory, env, maxBuffer: OUTPUT_MAX }).catch(
    (error: { readonly stdout?: string; readonly stderr?: string }) => error,
  );
  const output = `${printed.stdout}${printed.stderr}`;
  t.regex(output, new RegExp(`^Ran ${COUNT} tests in .*\nOK$`, "m"), output.slice(-20_000));
});

async function addUser(admin: KeystoneAdmin, name: string): Promise<void> {
  const domain_id = "default";
  const { project } = await admin.ask<{ project: { id: string } }>("POST", "/projects", {
    project: { name, domain_id },
  });
  const { user } = await admin.ask<{ user: { id: string } }>("POST", "/users", {
    user: { name, password: name, domain_id },
  });
  const { roles } = await admin.ask<{ roles: { id: string }[] }>("GET", "/roles?name=member");
  await admin.ask("PUT", `/projects/${project.id}/users/${user.id}/roles/${roles[0]!.id}`);
}

/** JSON is YAML. */
function clouds(authUrl: string): string {
  const entries = Object.entries(CLOUDS).map(([cloud, name]) => {
    const domains = { user_domain_id: "default", project_domain_id: "default" };
    const auth = { auth_url: authUrl, username: name, password: name, project_name: name, ...domains };
    return [cloud, { region_name: "RegionOne", identity_api_version: "3", auth }];
  });
  return JSON.stringify({ clouds: Object.fromEntries(entries) as object });
}
