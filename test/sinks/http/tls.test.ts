/** Certificates and proxies, as the stores' options and the environment say. */
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { StorageError } from "../../../src/errors.js";
import { openSink } from "../../../src/node/sink-host.js";
import { type Authority, makeAuthority, makeCertificate } from "./certificates.js";
import { startConnectProxy } from "./connect-proxy.js";

let directory = "";
let good: Authority;
let other: Authority;
let port = 0;

/** A server of nothing: whatever is looked for is not there. */
const server = createServer((_, answer) => answer.writeHead(404).end());

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), "ashlar-tls-"));
  [good, other] = await Promise.all([makeAuthority(directory, "good"), makeAuthority(directory, "other")]);
  const { certificate, key } = await makeCertificate(directory, "localhost", good);
  server.setSecureContext({ cert: await readFile(certificate), key: await readFile(key) });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
test.after.always(async () => {
  server.close();
  server.closeAllConnections();
  await rm(directory, { recursive: true, force: true });
});

interface Store {
  readonly name: string;
  readonly ca: string;
  readonly address: string;
  readonly insecure: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  readonly url: (host: string) => string;
}

const STORES: readonly Store[] = [
  {
    name: "S3",
    ca: "backup_s3_ca_cert_file",
    address: "backup_s3_endpoint_url",
    insecure: { backup_s3_verify_ssl: "false" },
    options: { backup_s3_store_access_key: "a", backup_s3_store_secret_key: "b" },
    url: (host) => `s3://bucket?endpoint=https://${host}`,
  },
  {
    name: "Swift",
    ca: "backup_swift_ca_cert_file",
    address: "backup_swift_auth_url",
    insecure: { backup_swift_auth_insecure: "true" },
    options: { backup_swift_token: "token" },
    url: (host) => `swift://${host}/v1/AUTH_test?endpoint=storage`,
  },
];

/** Looks for an object that is not there, which takes one good answer. */
async function look(store: Store, host: string, options: Readonly<Record<string, string>>) {
  const { sink } = await openSink(store.url(host), { ...store.options, ...options });
  return await sink.size("bucket", "object");
}

async function refused(t: ExecutionContext, work: Promise<unknown>, message: RegExp): Promise<void> {
  const started = Date.now();
  const error = await t.throwsAsync(work, { instanceOf: StorageError, message });
  t.is((error as StorageError).status, "permanent");
  // Nobody waits for a certificate to become another.
  t.true(Date.now() - started < 5000);
}

for (const store of STORES) {
  test(`${store.name}: the server's own authority is trusted where it is given`, async (t) => {
    t.is(await look(store, `localhost:${port}`, { [store.ca]: good.certificate }), undefined);
  });

  test(`${store.name}: an authority that nobody gave, or another, is refused, and the option said`, async (t) => {
    const message = new RegExp(
      `^Cannot HEAD https://localhost:${port}/.*: its certificate is not trusted: .* \\([A-Z_]+\\); want its authority in ${store.ca}$`,
    );
    await refused(t, look(store, `localhost:${port}`, {}), message);
    await refused(t, look(store, `localhost:${port}`, { [store.ca]: other.certificate }), message);
  });

  test(`${store.name}: a host that the certificate does not name is refused, and the option said`, async (t) => {
    const message = new RegExp(
      `^Cannot HEAD https://127.0.0.1:${port}/.*: its certificate is for another host: .*; want an address in ${store.address} that the certificate names$`,
    );
    await refused(t, look(store, `127.0.0.1:${port}`, { [store.ca]: good.certificate }), message);
  });

  test(`${store.name}: any certificate is taken where it is said so`, async (t) => {
    t.is(await look(store, `127.0.0.1:${port}`, store.insecure), undefined);
  });
}

const VARIABLES = ["HTTPS_PROXY", "NO_PROXY"] as const;

function setEnvironment(t: ExecutionContext, values: Readonly<Record<string, string>>): void {
  Object.assign(process.env, values);
  t.teardown(() => {
    for (const name of VARIABLES) delete process.env[name];
  });
}

test.serial("the environment's proxy is taken, the certificate is still the server's", async (t) => {
  const [store] = STORES;
  const proxy = await startConnectProxy(t, () => port);
  setEnvironment(t, { HTTPS_PROXY: proxy.url });
  t.is(await look(store!, "localhost:1", { [store!.ca]: good.certificate }), undefined);
  t.deepEqual(proxy.hosts, ["localhost:1"]);
  const elsewhere = look(store!, "s3.example:443", { [store!.ca]: good.certificate });
  await refused(
    t,
    elsewhere,
    /its certificate is for another host: .*want an address in backup_s3_endpoint_url/,
  );
});

test.serial("NO_PROXY goes past the environment's proxy", async (t) => {
  const [store] = STORES;
  const proxy = await startConnectProxy(t, () => port);
  setEnvironment(t, { HTTPS_PROXY: proxy.url, NO_PROXY: "example.org,localhost" });
  t.is(await look(store!, `localhost:${port}`, { [store!.ca]: good.certificate }), undefined);
  t.deepEqual(proxy.hosts, []);
});

test.serial("an option's proxy counts before the environment's", async (t) => {
  const [store] = STORES;
  const proxy = await startConnectProxy(t, () => port);
  setEnvironment(t, { HTTPS_PROXY: "http://127.0.0.1:1" });
  const options = { [store!.ca]: good.certificate, backup_s3_https_proxy: proxy.url };
  t.is(await look(store!, "localhost:1", options), undefined);
  t.deepEqual(proxy.hosts, ["localhost:1"]);
});
