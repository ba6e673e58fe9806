/**
 * Backs up a file to a bucket, and verifies what is there, with only the permissions that this takes:
 *
 *     deno run --allow-read=FILE --allow-net=HOST --allow-env=… main.js backup FILE
 *     deno run --allow-net=HOST --allow-env=… main.js verify ID
 */

import {
  createBackup,
  isAshlarError,
  type ObjectSink,
  openRepository,
  portableRuntime,
  type Runtime,
  UsageError,
  verifyBackup,
} from "../../src/index.js";
import { openSink, webSinkHost } from "../../src/sinks/index.js";
import { deno, type Permission } from "./deno.js";
import { DenoFileSource } from "./file-source.js";
import { checkAllowed } from "./permissions.js";

const REQUIRED = ["S3_ENDPOINT", "S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"] as const;
const OPTIONAL = ["S3_REGION"] as const;

interface Bucket {
  readonly name: string;
  readonly sink: ObjectSink;
}

async function openBucket(runtime: Runtime): Promise<Bucket> {
  const permissions = [...REQUIRED, ...OPTIONAL].map((variable): Permission => ({ name: "env", variable }));
  await checkAllowed(permissions);
  const [endpoint, name, accessKeyId, secretAccessKey] = REQUIRED.map(settingOf) as [string, ...string[]];
  if (!URL.canParse(endpoint))
    throw new UsageError(
      `Cannot use S3_ENDPOINT ${JSON.stringify(endpoint)}: want an address like https://s3.example`,
    );
  await checkAllowed([{ name: "net", host: hostOf(new URL(endpoint)) }]);
  const url = `s3://${name}?endpoint=${encodeURIComponent(endpoint)}`;
  const options = {
    backup_s3_region: deno.env.get("S3_REGION"),
    backup_s3_store_access_key: accessKeyId,
    backup_s3_store_secret_key: secretAccessKey,
  };
  const { sink } = await openSink(url, options, webSinkHost({ hashes: runtime.hashes }));
  return { name: name!, sink };
}

function settingOf(variable: string): string {
  const value = deno.env.get(variable);
  if (value === undefined || value === "")
    throw new UsageError(`Cannot start: ${variable} is not set, see README.md for the variables`);
  return value;
}

/** With its port, which Deno takes for every port where it is left out. */
function hostOf({ protocol, hostname, port }: URL): string {
  const usual = protocol === "https:" ? "443" : "80";
  return `${hostname}:${port === "" ? usual : port}`;
}

async function backUp(path: string): Promise<void> {
  await checkAllowed([{ name: "read", path }]);
  const runtime = await portableRuntime();
  const { name, sink } = await openBucket(runtime);
  const source = await DenoFileSource.open(path);
  try {
    const backup = { runtime, volumeId: crypto.randomUUID(), name: path, container: name };
    const { id, objects } = await createBackup(source, sink, backup);
    console.log(JSON.stringify({ id, volume_size: source.size, objects: objects.length }));
  } finally {
    await source.close();
  }
}

async function verify(id: string): Promise<void> {
  const runtime = await portableRuntime();
  const { sink } = await openBucket(runtime);
  const repository = await openRepository(sink, { hashes: runtime.hashes });
  const { volumeSize } = await verifyBackup(await repository.openChain(id), { runtime });
  console.log(JSON.stringify({ id, verified: true, volume_size: volumeSize }));
}

async function main([verb, subject = ""]: readonly string[]): Promise<void> {
  if (subject !== "" && verb === "backup") return await backUp(subject);
  if (subject !== "" && verb === "verify") return await verify(subject);
  throw new UsageError("Cannot start: want `backup FILE` or `verify ID`");
}

try {
  await main(deno.args);
} catch (error) {
  // Whatever else it is, its place in the program is of use.
  if (!isAshlarError(error)) throw error;
  console.error(error.message);
  deno.exit(1);
}
