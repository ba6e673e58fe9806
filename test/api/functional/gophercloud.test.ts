/** The acceptance tests of gophercloud, the SDK under Terraform's OpenStack provider, behind a real Keystone. */
import { execFile } from "node:child_process";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { temporaryDirectory } from "../../helpers/temporary-directory.js";
import { KeystoneAdmin } from "../../stores/keystone-admin.js";
import { startSite } from "../../tempest/harness.js";

const run = promisify(execFile);
const OUTPUT_MAX = 16 * 1024 ** 2;
/** Debian's golang-github-gophercloud-gophercloud-dev and what it imports. */
const SOURCES = "/usr/share/gocode/src";
const PACKAGE = "github.com/gophercloud/gophercloud";
/** Those that need no Nova, Glance, second volume type or consistency group. */
const TESTS: readonly string[] = [
  ...["BackupsCRUD", "Volumes", "VolumesCascadeDelete", "Snapshots", "VolumeTenants", "ServicesList"],
  ...["QuotasetGet", "QuotasetGetDefaults", "QuotasetGetUsage"],
];

test("gophercloud's acceptance tests pass", async (t) => {
  t.timeout(1_800_000);
  const directory = await temporaryDirectory(t);
  const { authUrl } = await startSite(t, directory);
  await addProject(new KeystoneAdmin(authUrl), "gopher");
  await cp(SOURCES, join(directory, "go/src"), { recursive: true, dereference: true });

  const env = {
    ...{ PATH: "/usr/bin:/bin", HOME: directory, GOPATH: join(directory, "go"), GO111MODULE: "off" },
    ...{ OS_AUTH_URL: authUrl, OS_USERNAME: "admin", OS_PASSWORD: "admin", OS_REGION_NAME: "RegionOne" },
    ...{ OS_PROJECT_NAME: "gopher", OS_TENANT_NAME: "gopher", OS_DOMAIN_NAME: "Default" },
    // The tests refuse to begin without them; none that run here use them.
    ...{ OS_BRANCH: "stable/2023.1", OS_IMAGE_ID: "x", OS_FLAVOR_ID: "1", OS_FLAVOR_ID_RESIZE: "2" },
    ...{ OS_NETWORK_NAME: "x", OS_EXTGW_ID: "x", OS_SUBNET_ID: "x" },
  };
  const suites = ["extensions", "v3"].map((name) => `${PACKAGE}/acceptance/openstack/blockstorage/${name}`);
  const words = ["test", "-p", "1", "-count", "1", "-v", "-tags", "acceptance blockstorage fixtures"];
  const printed = await run("go", [...words, "-run", `^Test(${TESTS.join("|")})$`, ...suites], {
    ...{ cwd: join(directory, "go/src", PACKAGE), env, maxBuffer: OUTPUT_MAX },
  }).catch((error: { readonly stdout?: string; readonly stderr?: string }) => error);
  const output = `${printed.stdout}${printed.stderr}`;
  const passed = [...output.matchAll(/^--- PASS: Test(\w+)/gm)].map(([, name]) => name);
  t.deepEqual(passed.sort(), [...TESTS].sort(), output.slice(-20_000));
});

/** A project of its own, because the tests of pages take every volume that they see for theirs. */
async function addProject(admin: KeystoneAdmin, name: string): Promise<void> {
  const { project } = await admin.ask<{ project: { id: string } }>("POST", "/projects", {
    project: { name, domain_id: "default" },
  });
  const { users } = await admin.ask<{ users: { id: string }[] }>("GET", "/users?name=admin");
  for (const role of ["admin", "member"]) {
    const { roles } = await admin.ask<{ roles: { id: string }[] }>("GET", `/roles?name=${role}`);
    await admin.ask("PUT", `/projects/${project.id}/users/${users[0]!.id}/roles/${roles[0]!.id}`);
  }
}
