/** Tempest and the Cinder plugin against `ashlar serve` behind a real Keystone, all from Debian's packages. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ExecutionContext } from "ava";
import { COMMAND } from "../command.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { KeystoneAdmin } from "../stores/keystone-admin.js";
import { freePorts, startPython } from "../stores/python-server.js";

const run = promisify(execFile);
const PACKAGES = "/usr/lib/python3/dist-packages";
const OUTPUT_MAX = 64 * 1024 ** 2;

/** A Keystone whose catalog leads to `ashlar serve`. */
export interface KeystoneSite {
  /** With `/v3`. */
  readonly authUrl: string;
  readonly endpoint: string;
}

interface Serving {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** @param flags of `ashlar serve`, beside those that authenticate */
export async function startSite(
  t: ExecutionContext,
  directory: string,
  flags: readonly string[] = [],
): Promise<KeystoneSite> {
  const [port = 0] = await freePorts(1);
  const authUrl = `http://127.0.0.1:${port}/v3`;
  const keystone = await startPython("keystone_server.py", { port }, [authUrl]);
  t.teardown(() => keystone.stop());
  const serving = await serve(authUrl, join(directory, "state"), flags);
  t.teardown(() => serving.stop());
  await addToCatalog(authUrl, serving.endpoint);
  return { authUrl, endpoint: serving.endpoint };
}

/** The command, with its account in Keystone, on a port of its own. */
async function serve(authUrl: string, stateDir: string, flags: readonly string[]): Promise<Serving> {
  const child: ChildProcess = spawn(
    process.execPath,
    [
      ...[COMMAND, "--state-dir", stateDir, "--option", "backup_compression_algorithm=zstd"],
      "serve",
      ...FLAGS,
      ...flags,
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
    volume: {
      ...{ build_timeout: "600", min_microversion: "3.0", max_microversion: "3.71" },
      ...{ storage_protocol: "file", vendor_name: "Ashlar" },
    },
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

/** Lines of a list in this folder, without comments. */
export async function readLines(list: string): Promise<readonly string[]> {
  const text = await readFile(new URL(`../../../test/tempest/${list}.list`, import.meta.url), "utf8");
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

export interface TempestRun {
  readonly wanted: number;
  readonly passed: number;
  /** The end of what was printed. */
  readonly output: string;
}

/** @param names of tests, with all of their parts */
export async function runTempest(t: ExecutionContext, names: readonly string[]): Promise<TempestRun> {
  const directory = await temporaryDirectory(t);
  const { authUrl } = await startSite(t, directory);
  await configure(directory, authUrl);
  const env = {
    ...{ PATH: "/usr/bin:/bin", PYTHON: "/usr/bin/python3", HOME: directory, OS_TEST_TIMEOUT: "900" },
    ...{ TEMPEST_CONFIG_DIR: join(directory, "etc"), TEMPEST_CONFIG: "tempest.conf" },
  };
  const stestr = async (...args: string[]): Promise<string> =>
    (await run("stestr", args, { cwd: directory, env, maxBuffer: OUTPUT_MAX })).stdout;
  await stestr("init");
  const ids = idsOf(names, (await stestr("list")).split("\n"));
  await writeFile(join(directory, "wanted"), `${ids.join("\n")}\n`);
  const output = await stestr("run", "--concurrency", "2", "--load-list", "wanted").catch(
    (error: { readonly stdout?: string }) => error.stdout ?? String(error),
  );
  const passed = Number(/^ - Passed: (\d+)/m.exec(output)?.[1] ?? 0);
  return { wanted: ids.length, passed, output: output.slice(-20_000) };
}

/** The ids as stestr knows them, which have tags behind their names. */
function idsOf(names: readonly string[], all: readonly string[]): readonly string[] {
  return names.map((name) => {
    const id = all.find((each) => each === name || each.startsWith(`${name}[`));
    if (id === undefined) throw new Error(`Tempest has no test ${name}`);
    return id;
  });
}
