/** `--log-requests` with every driver: lines of JSON for what was done and what failed, and no secret anywhere. */

import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { patternBytes } from "../../src/testing/objects.js";
import { COMMAND } from "../command.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { startGcsEmulator } from "./gcs-emulator.js";
import { KeystoneAdmin } from "./keystone-admin.js";
import { startSwift, startSwiftWithKeystone, useServer } from "./swift-server.js";

const swift = useServer(test, () => startSwift({ accounts: { vault: KEY } }));
const behindKeystone = useServer(test, startSwiftWithKeystone);
const KEY = "correct-horse-battery";

interface Said {
  readonly code: number;
  readonly output: string;
  readonly events: readonly Record<string, unknown>[];
}

async function makeHome(t: ExecutionContext): Promise<string> {
  const home = await temporaryDirectory(t);
  await writeFile(join(home, "volume"), patternBytes(300_000, 1));
  return home;
}

function ashlar(
  home: string,
  environment: Readonly<Record<string, string>>,
  ...words: string[]
): Promise<Said> {
  const args = [
    COMMAND,
    "--state-dir",
    join(home, "state"),
    "--log-requests",
    "--progress",
    "none",
    ...words,
  ];
  const env = { PATH: process.env.PATH, HOME: home, ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env }, (error, stdout, stderr) => {
      const lines = stderr.split("\n").filter((line) => line.startsWith('{"event":"request"'));
      const code = error === null ? 0 : Number(error.code);
      resolve({ code, output: stdout + stderr, events: lines.map((line) => JSON.parse(line)) });
    });
  });
}

/** A backup that succeeds, and one to a server that is not there or does not know the user. */
async function tryBoth(
  t: ExecutionContext,
  {
    good,
    bad,
  }: { readonly good: Readonly<Record<string, string>>; readonly bad: Readonly<Record<string, string>> },
  secrets: readonly string[],
): Promise<void> {
  const home = await makeHome(t);
  await ashlar(home, good, "volume", "create", "disk", "--source", join(home, "volume"));
  const made = await ashlar(home, good, "volume", "backup", "create", "disk", "--name", "b");
  t.is(made.code, 0, made.output);
  // The object, the digest table and the manifest; the first backup of a repository puts a marker, too.
  const puts = made.events.filter(
    ({ operation, name }) => operation === "close" && name !== "ashlar-repository",
  );
  t.is(puts.length, 3);
  t.true(puts.some(({ name, count }) => String(name).endsWith("-00001") && Number(count) > 0));
  const failed = await ashlar(home, { ...good, ...bad }, "volume", "backup", "create", "disk");
  t.not(failed.code, 0);
  t.true(
    failed.events.some(({ error }) => typeof error === "string"),
    failed.output,
  );
  for (const secret of secrets) {
    for (const { output } of [made, failed]) t.false(output.includes(secret), `${secret} in ${output}`);
  }
}

test("Swift", async (t) => {
  const good = {
    ASHLAR_REPOSITORY: `${swift.server.authUrl.replace("http:", "swift+http:")}?user=vault:user`,
    ASHLAR_BACKUP_SWIFT_KEY: KEY,
    ASHLAR_BACKUP_SWIFT_RETRY_ATTEMPTS: "0",
  };
  const wrong = "wrong-horse-battery";
  await tryBoth(t, { good, bad: { ASHLAR_BACKUP_SWIFT_KEY: wrong } }, [KEY, wrong, "AUTH_tk"]);
});

/** What every token of Keystone's begins with. */
const FERNET = "gAAAAA";

test("Swift by Keystone: password, application credential, token", async (t) => {
  const { authUrl } = behindKeystone.server.keystone;
  const admin = new KeystoneAdmin(authUrl);
  const { project, user } = await newUser(admin);
  const location = `${authUrl.replace("http:", "swift+http:")}?project=${project}`;
  const usual = { ASHLAR_BACKUP_SWIFT_RETRY_ATTEMPTS: "0", ASHLAR_BACKUP_SWIFT_REGION_NAME: "RegionOne" };
  const byPassword = {
    ...usual,
    ASHLAR_REPOSITORY: `${location}&user=${user.name}`,
    ASHLAR_BACKUP_SWIFT_KEY: KEY,
  };
  const wrong = "wrong-horse-battery";
  await tryBoth(t, { good: byPassword, bad: { ASHLAR_BACKUP_SWIFT_KEY: wrong } }, [KEY, wrong, FERNET]);

  const token = await tokenOf(authUrl, user.name, project);
  const secret = "quite-a-secret-horse";
  const made = await fetch(`${authUrl}/users/${user.id}/application_credentials`, {
    method: "POST",
    headers: { "x-auth-token": token, "content-type": "application/json" },
    body: JSON.stringify({ application_credential: { name: "log", secret } }),
  });
  const { application_credential } = (await made.json()) as { application_credential: { id: string } };
  const byCredential = {
    ...usual,
    ASHLAR_REPOSITORY: location,
    ASHLAR_BACKUP_SWIFT_APPLICATION_CREDENTIAL_ID: application_credential.id,
    ASHLAR_BACKUP_SWIFT_APPLICATION_CREDENTIAL_SECRET: secret,
  };
  const bad = { ASHLAR_BACKUP_SWIFT_APPLICATION_CREDENTIAL_SECRET: wrong };
  await tryBoth(t, { good: byCredential, bad }, [secret, wrong, FERNET]);

  const byToken = {
    ...usual,
    ASHLAR_REPOSITORY: location,
    ASHLAR_BACKUP_SWIFT_AUTH: "per_user",
    ASHLAR_BACKUP_SWIFT_TOKEN: token,
  };
  await tryBoth(t, { good: byToken, bad: { ASHLAR_BACKUP_SWIFT_TOKEN: wrong } }, [token, wrong, FERNET]);
});

interface NewUser {
  readonly project: string;
  readonly user: { readonly id: string; readonly name: string };
}

/** Of a password that is no word of anything else, who may do everything in a project. */
async function newUser(admin: KeystoneAdmin): Promise<NewUser> {
  const named = { name: "vaulter", domain_id: "default" };
  const { user } = await admin.ask<{ user: { id: string; name: string } }>("POST", "/users", {
    user: { ...named, password: KEY },
  });
  const { project } = await admin.ask<{ project: { id: string } }>("POST", "/projects", { project: named });
  const { roles } = await admin.ask<{ roles: { id: string }[] }>("GET", "/roles?name=admin");
  await admin.ask("PUT", `/projects/${project.id}/users/${user.id}/roles/${roles[0]!.id}`);
  return { project: named.name, user };
}

async function tokenOf(authUrl: string, name: string, project: string): Promise<string> {
  const domain = { id: "default" };
  const identity = { methods: ["password"], password: { user: { name, domain, password: KEY } } };
  const auth = { identity, scope: { project: { name: project, domain } } };
  const response = await fetch(`${authUrl}/auth/tokens`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ auth }),
  });
  return response.headers.get("x-subject-token")!;
}

test("S3", async (t) => {
  const good = {
    ASHLAR_REPOSITORY: `s3://vault?endpoint=${swift.server.url}`,
    ASHLAR_BACKUP_S3_STORE_ACCESS_KEY: "vault:user",
    ASHLAR_BACKUP_S3_STORE_SECRET_KEY: KEY,
    ASHLAR_BACKUP_S3_RETRY_MAX_ATTEMPTS: "1",
  };
  const bad = {
    ASHLAR_BACKUP_S3_STORE_SECRET_KEY: "wrong-horse-battery",
    ASHLAR_BACKUP_S3_STORE_SESSION_TOKEN: "wrong-session-token",
    ASHLAR_BACKUP_S3_SSE_CUSTOMER_KEY: "wrong-key-of-32-characters-abcde",
  };
  await tryBoth(t, { good, bad }, [KEY, ...Object.values(bad), "Signature="]);
});

test("Google Cloud Storage", async (t) => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const client_email = "backup@my-project.example";
  const emulator = await startGcsEmulator({ publicKey, clientEmail: client_email });
  t.teardown(() => emulator.stop());
  const home = await makeHome(t);
  const file = join(home, "key.json");
  const key = { type: "service_account", client_email, private_key: privateKey };
  await writeFile(file, JSON.stringify({ ...key, token_uri: `${emulator.url}/token` }));
  const good = {
    ASHLAR_REPOSITORY: "gs://vault",
    ASHLAR_BACKUP_GCS_PROJECT_ID: "project",
    ASHLAR_BACKUP_GCS_ENDPOINT_URL: emulator.url,
    ASHLAR_BACKUP_GCS_CREDENTIAL_FILE: file,
    ASHLAR_BACKUP_GCS_NUM_RETRIES: "0",
  };
  const bad = { ASHLAR_BACKUP_GCS_ACCESS_TOKEN: "ya29.wrong-access-token" };
  const pieces = privateKey.split("\n").filter((line) => line.length > 40);
  await tryBoth(t, { good, bad }, [...pieces, bad.ASHLAR_BACKUP_GCS_ACCESS_TOKEN, "Bearer"]);
});
