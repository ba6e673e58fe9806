/** The tasks of the Deno example against a real S3 server, with the permissions they have and without each of them. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { openRepository } from "../../src/chain/repository.js";
import { nodeHashes } from "../../src/node/digests/hashes.js";
import { nodeRuntime } from "../../src/node/runtime.js";
import { restoreBackup } from "../../src/pipeline/restore.js";
import { MemoryTarget } from "../../src/sources/memory.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { noise, patched, prose } from "../pipeline/volume-bytes.js";
import { firstDifference } from "../pipeline/world.js";
import { run } from "./daemon.js";
import { startRadosgw } from "./radosgw-server.js";
import { makeS3Sink } from "./s3-sinks.js";
import { useServer } from "./swift-server.js";

const radosgw = useServer(test, startRadosgw);

const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));
const EXAMPLE: string = join(ROOT, "examples/deno");
const MAIN: string = join(ROOT, "build/examples/deno/main.js");
const BUCKET = "backups";

interface Site {
  readonly environment: Record<string, string>;
  readonly host: string;
  readonly volume: Uint8Array;
  /** The file with the volume's bytes. */
  readonly path: string;
  readonly sink: ReturnType<typeof makeS3Sink>;
}

async function createSite(t: ExecutionContext): Promise<Site> {
  const account = await radosgw.server.makeAccount();
  const { endpoint } = radosgw.server;
  const directory = await temporaryDirectory(t);
  const path = join(directory, "disk.img");
  const volume = patched(prose(3_000_001), 500_000, noise(700_000));
  await writeFile(path, volume);
  const environment = {
    S3_ENDPOINT: endpoint,
    S3_BUCKET: BUCKET,
    S3_ACCESS_KEY_ID: account.accessKeyId,
    S3_SECRET_ACCESS_KEY: account.secretAccessKey,
    NO_COLOR: "1",
  };
  const sink = makeS3Sink(t, radosgw.server, account, { bucket: BUCKET });
  return { environment, host: new URL(endpoint).host, volume, path, sink };
}

function task(name: string, { environment, host }: Site, more: Record<string, string>): Promise<string> {
  return run("deno", ["task", "--config", join(EXAMPLE, "deno.json"), name], {
    ...environment,
    S3_HOST: host,
    ...more,
  });
}

test.serial("a file is backed up and verified by the tasks, and restored elsewhere", async (t) => {
  const site = await createSite(t);
  const printed = JSON.parse(await task("backup", site, { VOLUME: site.path })) as { id: string };
  t.like(printed, { volume_size: site.volume.length, objects: 1 });
  const verified = JSON.parse(await task("verify", site, { BACKUP_ID: printed.id })) as unknown;
  t.deepEqual(verified, { id: printed.id, verified: true, volume_size: site.volume.length });

  const runtime = await nodeRuntime("wasm");
  t.teardown(() => runtime.close?.());
  const repository = await openRepository(site.sink, { hashes: nodeHashes });
  const target = new MemoryTarget({ size: site.volume.length });
  await restoreBackup(await repository.openChain(printed.id), target, { runtime });
  t.is(firstDifference(target.bytes, site.volume), -1);
});

test.serial("each permission that is missing is named with the flag that gives it", async (t) => {
  const site = await createSite(t);
  const variables = ["S3_ENDPOINT", "S3_BUCKET", "S3_REGION", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"];
  const flags = [
    `--allow-read=${site.path}`,
    `--allow-net=${site.host}`,
    ...variables.map((name) => `--allow-env=${name}`),
  ];
  for (const missing of flags) {
    const given = flags.filter((flag) => flag !== missing);
    const args = ["run", "--no-prompt", "--cached-only", ...given, MAIN, "backup", site.path];
    const failure = (await t.throwsAsync(run("deno", args, site.environment))) as Error & {
      stderr: string;
      code: number;
    };
    t.is(failure.code, 1);
    t.is(failure.stderr.trim(), `Cannot start: not allowed, run with ${missing}`);
  }
  const containers = site.sink.containers()[Symbol.asyncIterator]();
  await t.throwsAsync(containers.next(), { message: /there is none/ }, "nothing was begun");
});

test.serial("what is no volume, no setting or no backup is told in a sentence", async (t) => {
  const site = await createSite(t);
  const failureOf = async (environment: Record<string, string>, ...words: string[]): Promise<string> => {
    const args = ["run", "--no-prompt", "--cached-only", "--allow-read", "--allow-net", "--allow-env"];
    const running = run("deno", [...args, MAIN, ...words], { ...site.environment, ...environment });
    return ((await t.throwsAsync(running)) as Error & { stderr: string }).stderr.trim();
  };
  const missing = join(site.path, "../nothing.img");
  t.true(
    (await failureOf({}, "backup", missing)).startsWith(`Cannot open ${JSON.stringify(missing)}: No such`),
  );
  t.regex(await failureOf({}, "backup", join(site.path, "..")), /^Cannot use .* it is no file; want/);
  t.is(
    await failureOf({ S3_BUCKET: "" }, "backup", site.path),
    "Cannot start: S3_BUCKET is not set, see README.md for the variables",
  );
  t.regex(await failureOf({ S3_ENDPOINT: "s3" }, "backup", site.path), /^Cannot use S3_ENDPOINT "s3": want/);
  t.is(await failureOf({}, "backup"), "Cannot start: want `backup FILE` or `verify ID`");
  t.regex(await failureOf({}, "verify", crypto.randomUUID()), /^Cannot .*[^.]$/);
});
