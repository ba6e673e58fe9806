/** A real Swift, and a real Keystone in front of it, for the tests of a file. */
import { randomBytes } from "node:crypto";
import type { TestFn } from "ava";
import { KeystoneAdmin } from "./keystone-admin.js";
import { freePorts, type PythonServer, startPython } from "./python-server.js";

export interface SwiftServer {
  /** Of the proxy with TempAuth and the S3 API, without a path. */
  readonly url: string;
  /** For TempAuth: `test:tester` with key `testing`; `admin:admin` with key `admin` may use every account. */
  readonly authUrl: string;
  /** Where the servers log, and the objects are. */
  readonly directory: string;
  stop(): Promise<void>;
}

export interface KeystoneServer {
  /** With `/v3`. User `admin`, password `admin`, project `admin`. */
  readonly authUrl: string;
  /** Regions in the catalog; the second one's Swift does not exist. */
  readonly regions: readonly ["RegionOne", "RegionTwo"];
}

export async function startSwift({
  tokenLife = 86_400,
  accounts = {},
}: {
  readonly tokenLife?: number;
  /** Keys of the user `user` of each of these accounts. */
  readonly accounts?: Readonly<Record<string, string>>;
} = {}): Promise<SwiftServer> {
  const [proxy, account, container, object, memcached] = await freePorts(5);
  const ports = { proxy, account, container, object, memcached };
  const server = await startPython(
    "swift_server.py",
    { ports, accounts, token_life: tokenLife },
    readyUrls(ports),
  );
  const url = `http://127.0.0.1:${proxy}`;
  return { url, authUrl: `${url}/auth/v1.0`, directory: server.directory, stop: server.stop };
}

/** Swift with Keystone, and the same Swift with TempAuth. */
export async function startSwiftWithKeystone(): Promise<SwiftServer & { readonly keystone: KeystoneServer }> {
  const [identity, proxy, keystoneProxy, account, container, object, memcached] = await freePorts(7);
  const ports = { proxy, keystoneProxy, account, container, object, memcached };
  const identityUrl = `http://127.0.0.1:${identity}/v3`;
  const endpoint = (port: number | undefined) => `http://127.0.0.1:${port}/v1/AUTH_$(project_id)s`;
  const endpoints = { RegionOne: endpoint(keystoneProxy), RegionTwo: endpoint(1) };
  const started: PythonServer[] = [];
  const stop = async (): Promise<void> => {
    for (const server of started.reverse()) await server.stop();
  };
  try {
    started.push(await startPython("keystone_server.py", { port: identity }, [identityUrl]));
    await new KeystoneAdmin(identityUrl).addObjectStore(endpoints);
    const options = { ports, keystone: identityUrl };
    started.push(await startPython("swift_server.py", options, readyUrls(ports)));
  } catch (error) {
    await stop();
    throw error;
  }
  const url = `http://127.0.0.1:${proxy}`;
  const keystone = { authUrl: identityUrl, regions: ["RegionOne", "RegionTwo"] as const };
  return { url, authUrl: `${url}/auth/v1.0`, directory: started[1]!.directory, stop, keystone };
}

function readyUrls(ports: Readonly<Record<string, number | undefined>>): string[] {
  return Object.entries(ports)
    .filter(([name]) => name !== "memcached")
    .map(([name, port]) => `http://127.0.0.1:${port}/${name.endsWith("roxy") ? "healthcheck" : ""}`);
}

/** Starts a server before the file's first test and stops it after the last. Valid within tests. */
export function useServer<T extends { stop(): Promise<void> }>(
  test: TestFn,
  start: () => Promise<T>,
): { readonly server: T } {
  let started: T | undefined;
  test.before(async (t) => {
    t.timeout(180_000);
    started = await start();
  });
  test.after.always(async () => {
    await started?.stop();
  });
  return {
    get server(): T {
      if (started === undefined) throw new Error("Cannot use the server: no test of the file has started");
      return started;
    },
  };
}

/** The URL of an account that nobody else uses. */
export function newAccount({ url }: SwiftServer): string {
  return `${url}/v1/AUTH_${randomBytes(8).toString("hex")}`;
}
