/** Keystone, for real: every credential, the catalog, a token that dies in the middle, and the contract through it. */
import test from "ava";
import { StorageError } from "../../src/errors.js";
import { nodeClock } from "../../src/node/clock.js";
import { Keystone, type KeystoneOptions } from "../../src/sinks/swift/keystone.js";
import { getObject, patternBytes, putObject } from "../../src/testing/objects.js";
import { sinkContract } from "../sinks/contract.js";
import { KeystoneAdmin } from "./keystone-admin.js";
import { startSwiftWithKeystone, useServer } from "./swift-server.js";
import { http, swiftSink } from "./swift-sinks.js";

const swift = useServer(test, startSwiftWithKeystone);
const PASSWORD = { kind: "password", user: "admin", password: "admin" } as const;

function keystone(options: Partial<KeystoneOptions> = {}): Keystone {
  const { authUrl } = swift.server.keystone;
  const region = "RegionOne";
  const usual = { http, clock: nodeClock, authUrl, region, project: "admin", credential: PASSWORD };
  return new Keystone({ ...usual, ...options });
}

let admin: KeystoneAdmin | undefined;

/** Asks the Identity API as the administrator. */
function identity<T>(method: string, path: string, body?: object): Promise<T> {
  admin ??= new KeystoneAdmin(swift.server.keystone.authUrl);
  return admin.ask<T>(method, path, body);
}

let projects = 0;

/** A project of its own, so an account of its own. */
async function newProject(): Promise<string> {
  const name = `project-${projects++}`;
  const { project } = await identity<{ project: { id: string } }>("POST", "/projects", {
    project: { name, domain_id: "default" },
  });
  const { users } = await identity<{ users: { id: string }[] }>("GET", "/users?name=admin");
  const { roles } = await identity<{ roles: { id: string }[] }>("GET", "/roles?name=admin");
  await identity("PUT", `/projects/${project.id}/users/${users[0]!.id}/roles/${roles[0]!.id}`);
  return name;
}

// Keystone answers one request at a time here.
sinkContract(
  test.serial,
  "swift by keystone",
  async () => swiftSink(keystone({ project: await newProject() }), { partSize: 1_048_576 }),
  { nestedContainers: false, manyCount: 101 },
);

test.serial("a user, an application credential and a token each open the same account", async (t) => {
  const byPassword = await keystone().begin();
  t.regex(byPassword.storageUrl, /\/v1\/AUTH_[0-9a-f]{32}$/);
  const { users } = await identity<{ users: { id: string }[] }>("GET", "/users?name=admin");
  const request = { application_credential: { name: "ashlar", secret: "quite secret" } };
  const path = `/users/${users[0]!.id}/application_credentials`;
  const answer = await identity<{ application_credential: { id: string } }>("POST", path, request);
  const made = answer.application_credential;
  const credential = { kind: "application", id: made.id, secret: "quite secret" } as const;
  t.is((await keystone({ credential }).begin()).storageUrl, byPassword.storageUrl);
  const token = { kind: "token", token: byPassword.token } as const;
  t.is((await keystone({ credential: token }).begin()).storageUrl, byPassword.storageUrl);
  const { storageUrl } = await keystone({ project: byPassword.storageUrl.slice(-32) }).begin();
  t.is(storageUrl, byPassword.storageUrl, "a project by its id");
  const { authUrl } = swift.server.keystone;
  const named = { authUrl: authUrl.replace("/v3", "/"), projectDomain: "Default" };
  const inDomain = { ...PASSWORD, userDomain: "Default" };
  t.is((await keystone({ ...named, credential: inDomain }).begin()).storageUrl, byPassword.storageUrl);
});

test.serial(
  "the catalog is asked for type, interface and region, and a URL of one's own comes before it",
  async (t) => {
    const far = await keystone({ region: "RegionTwo", interface: "internal" }).begin();
    t.regex(far.storageUrl, /^http:\/\/127\.0\.0\.1:1\/v1\/AUTH_/);
    const own = await keystone({ storageUrl: "http://own.example/v1/AUTH_" }).begin();
    t.regex(own.storageUrl, /^http:\/\/own\.example\/v1\/AUTH_[0-9a-f]{32}$/);
    const whole = await keystone({ storageUrl: "http://own.example/v1/AUTH_x" }).begin();
    t.is(whole.storageUrl, "http://own.example/v1/AUTH_x");
    await t.throwsAsync(keystone({ region: "Mars" }).begin(), {
      instanceOf: StorageError,
      message: /the catalog has no public endpoint of type object-store in region "Mars"; it has /,
    });
    await t.throwsAsync(keystone({ interface: "admin", region: undefined }).begin(), {
      message: /has no admin endpoint of type object-store; it has /,
    });
  },
);

test.serial("wrong credentials are refused for good, and nobody reads them", async (t) => {
  const credential = { ...PASSWORD, password: "wr0ng" };
  const error = await t.throwsAsync(keystone({ credential }).begin(), {
    instanceOf: StorageError,
    message:
      /^Cannot get a token from http:.*\/v3\/auth\/tokens as "admin" for project "admin": the server answered 401/,
  });
  t.is((error as StorageError).status, "permanent");
  t.notRegex(JSON.stringify(error) + error!.message, /wr0ng/);
  await t.throwsAsync(keystone({ project: "none" }).begin(), { message: /answered 401/ });
});

test.serial("a token that dies in the middle is renewed, by all that need it together", async (t) => {
  const project = await newProject();
  let begun = 0;
  const inner = keystone({ project });
  const tokens: string[] = [];
  const auth = {
    secrets: inner.secrets,
    begin: async () => {
      begun++;
      const session = await inner.begin();
      tokens.push(session.token);
      return session;
    },
  };
  const sink = swiftSink(auth, { partSize: 65_536 });
  await sink.createContainer("backups");
  const writer = await sink.create("backups", "a");
  await writer.write(patternBytes(100_000, 1));
  t.is(begun, 1);
  const { authUrl } = swift.server.keystone;
  const token = tokens[0]!;
  const revoked = await fetch(`${authUrl}/auth/tokens`, {
    method: "DELETE",
    headers: { "x-auth-token": token, "x-subject-token": token },
  });
  t.is(revoked.status, 204);
  await writer.write(patternBytes(100_000, 2));
  await writer.close();
  t.true(begun >= 2);
  const found = await getObject(sink, { container: "backups", name: "a" });
  t.deepEqual(found.subarray(100_000), patternBytes(100_000, 2));
  await putObject(sink, { container: "backups", name: "b" }, patternBytes(10, 1));
  t.is(begun, 2);
});
