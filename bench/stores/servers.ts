/** Real object stores on loopback, which the tests know how to start. Each is a process that ends with this one. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A path and no import: the tests are built upon the benchmarks. */
const SERVE: string = fileURLToPath(new URL("../../test/stores/serve.js", import.meta.url));

export interface SwiftAddress {
  readonly kind: "swift";
  readonly authUrl: string;
  readonly user: string;
  readonly key: string;
}

export interface S3Address {
  readonly kind: "s3";
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Where a store is, and as whom it is used. */
export type StoreAddress = SwiftAddress | S3Address;

export interface StoreServer {
  readonly address: StoreAddress;
  stop(): Promise<void>;
}

/** @throws Error where its packages are not installed */
export async function startStore(name: "swift" | "radosgw"): Promise<StoreServer> {
  const child = spawn(process.execPath, [SERVE, name], { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await closed;
  };
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (value !== undefined) return { address: JSON.parse(value) as StoreAddress, stop };
  await stop();
  throw new Error(`${name} did not start`);
}
