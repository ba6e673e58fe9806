/**
 * Tempest and the Cinder plugin against `ashlar serve` behind a real Keystone. Needs Debian's packages keystone, tempest
 * and cinder-tempest-plugin. `TEMPEST_TESTS` names one test, or the start of several, instead of the list.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { COMMAND } from "../command.js";
import { KeystoneAdmin } from "../stores/keystone-admin.js";
import { freePorts, startPython } from "../stores/python-server.js";

const run = promisify(execFile);
const LIST: URL = new URL("../../../test/tempest/backup.list", import.meta.url);
const PACKAGES = "/usr/lib/python3/dist-packages";
const OUTPUT_MAX = 64 * 1024 ** 2;

interface Serving {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** The command, with its account in Keystone, on a port of its own. */
async function serve(authUrl: string, stateDir: string): Promise<Serving> {
  const child: ChildProcess = spawn(
    process.execPath,
    [
      ...[COMMAND, "--state-dir", stateDir, "--option", "backup_compression_algorithm=zstd"],
      "serve",
      ...FLAGS,
    ],
    { env: { ...process.env, ...account(authUrl) }, stdio: ["ignore", "pipe", "inherit"] },
  );
  const closed = once(child, "close");
  const [line] = (await once(child.stdout!.setEncoding("utf8"), "data")) as [string];
  return {
    endpoint: line.trim(),
    async stop() {
      child.kill("SIGTERM");
      await closed;
    },
  };
}

const FLAGS = ["--port", "0", "--auth", "keystone"];

function account(authUrl: string): Readonly<Record<string, string>> {
  return { OS_AUTH_URL: authUrl, OS_USERNAME: "admin", OS_PASSWORD: "admin", OS_PROJECT_NAME: "admin" };
}

async function addToCatalog(authUrl: string, endpoint: string): Promise<void> {
  const admin = new KeystoneAdmin(authUrl);
  const { service } = await admin.ask<{ service: { id: string } }>("POST", "/services", {
    service: { type: "volumev3", name: "ashlar" },
  });
  for (const each of ["public", "internal", "admin"]) {
    const url = `${endpoint}/%(project_id)s`;
    const described = { service_id: service.id, interface: each, region_id: "RegionOne", url };
    await admin.ask("POST", "/endpoints", { endpoint: described });
  }
  for (const name of ["member", "reader"]) {
    const { roles } = await admin.ask<{ roles: unknown[] }>("GET", `/roles?name=${name}`);
    if (roles.length === 0) await admin.ask("POST", "/roles", { role: { name } });
  }
}

async function configure(directory: string, authUrl: string): Promise<void> {
  await mkdir(join(directory, "etc"), { recursive: true });
  const sections: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    DEFAULT: { log_dir: directory, log_file: "tempest.log" },
    oslo_concurrency: { lock_path: directory },
    auth: {
      ...{ use_dynamic_credentials: "true", admin_username: "admin", admin_password: "admin" },
      ...{ admin_project_name: "admin", admin_domain_name: "Default" },
    },
    identity: { uri_v3: authUrl, auth_version: "v3", region: "RegionOne" },
    "identity-feature-enabled": { api_v2: "false" },
    service_available: { cinder: "true", nova: "false", glance: "false", neutron: "false", swift: "false" },
    volume: { build_timeout: "600", min_microversion: "3.0", max_microversion: "3.71" },
    "volume-feature-enabled": { backup: "true", snapshot: "true", clone: "true" },
  };
  const text = Object.entries(sections).map(([name, values]) =>
    [`[${name}]`, ...Object.entries(values).map(([key, value]) => `${key} = ${value}`)].join("\n"),
  );
  await writeFile(join(directory, "etc/tempest.conf"), `${text.join("\n")}\n`);
  const discovery = [`test_path=${PACKAGES}/tempest/test_discover`, `top_dir=${PACKAGES}`];
  await writeFile(
    join(directory, ".stestr.conf"),
    ["[DEFAULT]", ...discovery, "group_regex=([^\\.]*\\.)*", ""].join("\n"),
  );
}

/** The ids as stestr knows them, which have tags behind their names. */
async function testIds(stestr: (...args: string[]) => Promise<string>): Promise<string[]> {
  const wanted = process.env.TEMPEST_TESTS?.split(",") ?? (await readFile(LIST, "utf8")).split("\n");
  const names = wanted.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  const all = (await stestr("list")).split("\n");
  return names.flatMap((name) => {
    const found = all.filter((id) => id === name || id.startsWith(`${name}[`) || id.startsWith(`${name}.`));
    if (found.length === 0) throw new Error(`Tempest has no test ${name}`);
    return found;
  });
}

test("Tempest's tests of backups pass", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "ashlar-tempest-"));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const [port = 0] = await freePorts(1);
  const authUrl = `http://127.0.0.1:${port}/v3`;
  const keystone = await startPython("keystone_server.py", { port }, [authUrl]);
  t.teardown(() => keystone.stop());
  const serving = await serve(authUrl, join(directory, "state"));
  t.teardown(() => serving.stop());
  await addToCatalog(authUrl, serving.endpoint);
  await configure(directory, authUrl);
  const env = {
    ...{ PATH: "/usr/bin:/bin", PYTHON: "/usr/bin/python3", HOME: directory, OS_TEST_TIMEOUT: "900" },
    ...{ TEMPEST_CONFIG_DIR: join(directory, "etc"), TEMPEST_CONFIG: "tempest.conf" },
  };
  const stestr = async (...args: string[]): Promise<string> =>
    (await run("stestr", args, { cwd: directory, env, maxBuffer: OUTPUT_MAX })).stdout;
  await stestr("init");
  const ids = await testIds(stestr);
  await writeFile(join(directory, "wanted"), `${ids.join("\n")}\n`);
  const output = await stestr("run", "--concurrency", "2", "--load-list", "wanted").catch(
    (error: { readonly stdout?: string }) => error.stdout ?? String(error),
  );
  const passed = Number(/^ - Passed: (\d+)/m.exec(output)?.[1] ?? 0);
  t.is(passed, ids.length, output.slice(-20_000));
});
