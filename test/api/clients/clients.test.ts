/**
 * The real `openstack` and `cinder` clients, without Keystone and with it: every step gives what it gives with real
 * Cinder, or what docs/differences.md says.
 */

import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../../helpers/temporary-directory.js";
import { noise } from "../../pipeline/volume-bytes.js";
import { Serving } from "../../recovery/serving.js";
import { KeystoneAdmin } from "../../stores/keystone-admin.js";
import { startSite } from "../../tempest/harness.js";
import { ClientRunner } from "./client-runner.js";
import { CINDER, OPENSTACK, type Step } from "./steps.js";

const VERSION = "3.70";
const DIFFERENCES: URL = new URL("../../../../docs/differences.md", import.meta.url);
/** Commands that print one record or a list, as JSON on request. */
const PRINTS = /^(volume )?(backup )?(record )?(snapshot )?(list|show|create|restore|export|import)\b/;

interface Site {
  readonly endpoint: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly token: string | undefined;
}

async function directoryOf(t: ExecutionContext): Promise<string> {
  const directory = await temporaryDirectory(t);
  await fs.mkdir(join(directory, "disks"));
  return directory;
}

/** A person at a shell, who types one command after the other. */
class Session {
  readonly #site: Site;
  readonly #runner: ClientRunner;
  readonly #ids = new Map<string, string>();
  readonly #records = new Map<string, string>();

  constructor(site: Site, runner: ClientRunner) {
    this.#site = site;
    this.#runner = runner;
  }

  async ask(path: string, init: RequestInit = {}): Promise<Record<string, never>> {
    const { endpoint, token } = this.#site;
    const headers = { "OpenStack-API-Version": "volume 3.70", ...(token && { "X-Auth-Token": token }) };
    const response = await fetch(endpoint + path, { ...init, headers });
    return (await response.json()) as Record<string, never>;
  }

  /** Registers a volume of one block. */
  async addVolume(directory: string, name: string): Promise<void> {
    const path = join(directory, "disks", name);
    await fs.writeFile(path, noise(32_768, name.length));
    const volume = { name, host: "h", ref: { "source-name": path } };
    const body = JSON.stringify({ volume });
    const made: { readonly volume?: { readonly id: string } } = await this.ask("/os-volume-manage", {
      ...{ method: "POST", body },
    });
    this.#ids.set(name, made.volume!.id);
  }

  async type(step: Step): Promise<void> {
    const { line, version = VERSION, saves } = step;
    const [client = "", ...words] = this.#filled(line).split(" ");
    const isPrinted = client === "openstack" && PRINTS.test(words.join(" "));
    const lead = ["--os-volume-api-version", version, ...this.#access(client)];
    const printed = isPrinted ? [...words, "-f", "json"] : words;
    const { code, out, error } = await this.#runner.run(
      client,
      [...lead, ...printed],
      this.#site.environment,
    );
    const value = isPrinted && code === 0 ? (JSON.parse(out) as unknown) : tableOf(out);
    const expected = { code: 0, ...step, ...step.differs };
    assert.equal(code, expected.code, `${out}${error}`);
    if (expected.error !== undefined) assert.ok(error.includes(this.#filled(expected.error)), error);
    this.#compare(line, value, expected.out);
    if (saves !== undefined) this.#save(saves, value as Readonly<Record<string, string>>);
  }

  #access(client: string): readonly string[] {
    const { endpoint, token } = this.#site;
    if (token !== undefined) return [];
    if (client === "openstack") return ["--os-auth-type", "none", "--os-endpoint", endpoint];
    return ["--user-id", "admin", "--project-id", "admin", "--endpoint", endpoint];
  }

  #save(name: string, value: Readonly<Record<string, string>>): void {
    if (value.id !== undefined) this.#ids.set(name, value.id);
    if (value.backup_url !== undefined) this.#records.set(name, value.backup_url);
  }

  #filled(text: string): string {
    return text.replaceAll(/\{(record:)?([\w-]+)\}/g, (whole, isRecord, name) => {
      const known = isRecord ? this.#records.get(name) : this.#ids.get(name);
      return known ?? whole;
    });
  }

  #compare(line: string, value: unknown, expected: Step["out"]): void {
    if (expected === undefined) return;
    if (Array.isArray(expected)) {
      const rows = Array.isArray(value) ? (value as Readonly<Record<string, unknown>>[]) : [];
      const names = rows.map(({ Name: name }) => name);
      // The client of Cinder sorts rows by ID.
      assert.deepEqual(line.startsWith("cinder") ? names.sort() : names, expected);
      return;
    }
    const row = value as Readonly<Record<string, unknown>>;
    for (const [field, wanted] of Object.entries(expected)) {
      const filled = typeof wanted === "string" ? this.#filled(wanted) : wanted;
      assert.deepEqual({ [field]: row[field] }, { [field]: filled });
    }
  }

  async settle(): Promise<void> {
    for (const kind of ["backups", "volumes", "snapshots"]) {
      for (;;) {
        const answer: Readonly<Record<string, readonly { readonly status: string }[] | undefined>> =
          await this.ask(`/${kind}/detail`);
        const isUnderWay = ({ status }: { readonly status: string }): boolean =>
          /^(?!error).*(ing|-up|-backup)$/.test(status);
        if (!answer[kind]!.some(isUnderWay)) break;
        await sleep(20);
      }
    }
  }
}

/** The rows of a table of Cinder's client, or the fields of one record; else the text. */
function tableOf(text: string): unknown {
  const rows = text
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.replaceAll(/^\|\s*|\s*\|$/g, "").split(/\s*\|\s*/));
  const [head, ...others] = rows;
  if (head === undefined) return text.trim();
  if (head[0] === "Property") return Object.fromEntries(others);
  return others.map((row) => Object.fromEntries(head.map((name, index) => [name, row[index]])));
}

async function walk(t: ExecutionContext, directory: string, site: Site): Promise<void> {
  const runner = new ClientRunner();
  t.teardown(() => runner.stop());
  const session = new Session(site, runner);
  for (const name of ["disk", "other"]) await session.addVolume(directory, name);
  const wrong: string[] = [];
  for (const step of [...OPENSTACK, ...CINDER]) {
    await session.type(step).catch((error: Error) => wrong.push(`${step.line}: ${error.message}`));
    await session.settle();
  }
  t.deepEqual(wrong, []);
}

test.serial("without Keystone, the clients get what they get from real Cinder", async (t) => {
  const directory = await directoryOf(t);
  const global = ["--state-dir", join(directory, "state")];
  const serving = await Serving.start(global, ["--volume-root", join(directory, "disks")]);
  t.teardown(() => serving.end("SIGTERM"));
  await walk(t, directory, {
    ...{ endpoint: serving.endpoint, token: undefined },
    environment: { OS_AUTH_TYPE: "noauth" },
  });
});

test.serial("with Keystone, the clients get what they get from real Cinder", async (t) => {
  const directory = await directoryOf(t);
  const flags = ["--volume-root", join(directory, "disks")];
  const { authUrl, endpoint } = await startSite(t, directory, flags);
  const token = await new KeystoneAdmin(authUrl).token();
  await walk(t, directory, {
    ...{ endpoint, token },
    environment: {
      ...{ OS_AUTH_URL: authUrl, OS_USERNAME: "admin", OS_PASSWORD: "admin", OS_PROJECT_NAME: "admin" },
      ...{ OS_USER_DOMAIN_ID: "default", OS_PROJECT_DOMAIN_ID: "default", OS_IDENTITY_API_VERSION: "3" },
    },
  });
});

test.serial("every difference is documented", async (t) => {
  const page = await fs.readFile(DIFFERENCES, "utf8");
  for (const { line, differs } of [...OPENSTACK, ...CINDER])
    if (differs !== undefined) t.true(page.includes(differs.heading), line);
});
