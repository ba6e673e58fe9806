/**
 * The question: how many requests and how much time does it take to delete a backup of 2000 objects from radosgw, from
 * Swift and from a directory?
 *
 * Whole commands: a backup is made, and `ashlar volume backup delete` is measured, behind a proxy that counts requests.
 * The directory is measured also with a layer around it (`--limit-upload`). `--before CHECKOUT` measures another built
 * checkout beside this one.
 *
 *     node build/bench/deletion/main.js [--objects 2000] [--before CHECKOUT] [--stores radosgw,swift,directory] [--out DIR]
 */
import { execFile } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { KIB } from "../../src/units.js";
import { printMachine, thisMachine } from "../report/machine.js";
import { table } from "../report/markdown.js";
import { type StoreAddress, startStore } from "../stores/servers.js";
import { startCountingProxy } from "./counting-proxy.js";

const STORES = ["radosgw", "swift", "directory", "directory, --limit-upload 10G"] as const;
type StoreName = (typeof STORES)[number];
/** The least that an object of a backup has. */
const OBJECT_SIZE: number = 32 * KIB;
const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));

const { values: flags } = parseArgs({
  options: {
    objects: { type: "string", default: "2000" },
    before: { type: "string" },
    stores: { type: "string", default: STORES.join(";") },
    out: { type: "string", default: join(ROOT, "docs/benchmarks/") },
  },
});

interface Row {
  readonly store: string;
  readonly version: string;
  readonly requests: string;
  readonly seconds: number;
}

/** How a store is reached, and the count of its requests since it was last asked for. */
interface Reached {
  readonly environment: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
  take(): Readonly<Record<string, number>> | undefined;
  stop(): Promise<void>;
}

async function reach(name: StoreName, scratch: string): Promise<Reached> {
  if (name !== "radosgw" && name !== "swift") {
    const limited = name === "directory" ? [] : ["--limit-upload", "10G"];
    const environment = {
      ASHLAR_REPOSITORY: join(scratch, "repository"),
      ASHLAR_BACKUP_FILE_SIZE: `${OBJECT_SIZE}`,
    };
    return { environment, flags: limited, take: () => undefined, stop: async () => {} };
  }
  const { address, stop } = await startStore(name);
  const proxy = await startCountingProxy(address.kind === "swift" ? address.authUrl : address.endpoint);
  return {
    environment: environmentOf(address, proxy.url),
    flags: [],
    take: () => proxy.take(),
    async stop() {
      proxy.stop();
      await stop();
    },
  };
}

function environmentOf(address: StoreAddress, url: string): Readonly<Record<string, string>> {
  if (address.kind === "swift")
    return {
      ASHLAR_BACKUP_DRIVER: "swift",
      ASHLAR_BACKUP_SWIFT_AUTH: "single_user",
      ASHLAR_BACKUP_SWIFT_AUTH_VERSION: "1",
      ASHLAR_BACKUP_SWIFT_AUTH_URL: url + new URL(address.authUrl).pathname,
      ASHLAR_BACKUP_SWIFT_USER: address.user,
      ASHLAR_BACKUP_SWIFT_KEY: address.key,
      ASHLAR_BACKUP_SWIFT_OBJECT_SIZE: `${OBJECT_SIZE}`,
    };
  return {
    ASHLAR_BACKUP_DRIVER: "s3",
    ASHLAR_BACKUP_S3_ENDPOINT_URL: url,
    ASHLAR_BACKUP_S3_STORE_ACCESS_KEY: address.accessKeyId,
    ASHLAR_BACKUP_S3_STORE_SECRET_KEY: address.secretAccessKey,
    ASHLAR_BACKUP_S3_STORE_BUCKET: "deletion",
    ASHLAR_BACKUP_S3_OBJECT_SIZE: `${OBJECT_SIZE}`,
  };
}

/** Makes a backup with the checkout's own command, and deletes it. */
async function measure(
  store: StoreName,
  reached: Reached,
  checkout: string,
  volume: string,
): Promise<Omit<Row, "version">> {
  const state = await mkdtemp(join(tmpdir(), "ashlar-deletion-state-"));
  const environment = {
    ...process.env,
    ...reached.environment,
    ASHLAR_STATE_DIR: state,
    ASHLAR_BACKUP_COMPRESSION_ALGORITHM: "none",
  };
  const ashlar = (...words: string[]) =>
    promisify(execFile)(
      process.execPath,
      [
        join(checkout, "build/command/node/bin.js"),
        "--quiet",
        ...reached.flags,
        "volume",
        "backup",
        ...words,
      ],
      { env: environment },
    );
  try {
    await ashlar("create", "--name", "b", volume);
    reached.take();
    const since = performance.now();
    await ashlar("delete", "b");
    const seconds = (performance.now() - since) / 1000;
    const counts = Object.entries(reached.take() ?? {}).sort();
    const total = counts.reduce((sum, [, count]) => sum + count, 0);
    const parts = counts.map(([method, count]) => `${count} ${method}`).join(", ");
    return { store, seconds, requests: total === 0 ? "–" : `${total} (${parts})` };
  } finally {
    await rm(state, { recursive: true });
  }
}

async function measureAll(): Promise<Row[]> {
  const scratch = await mkdtemp(join(tmpdir(), "ashlar-deletion-"));
  const rows: Row[] = [];
  try {
    const volume = join(scratch, "volume");
    await writeFile(volume, randomFillSync(new Uint8Array(Number(flags.objects) * OBJECT_SIZE)));
    const checkouts = [
      ...(flags.before === undefined ? [] : [["before", flags.before]]),
      ["now", ROOT],
    ] as const;
    for (const store of STORES.filter((name) => flags.stores.split(";").includes(name))) {
      const reached = await reach(store, scratch);
      try {
        for (const [version, checkout] of checkouts) {
          const row = { ...(await measure(store, reached, checkout!, volume)), version: version! };
          process.stderr.write(`${JSON.stringify(row)}\n`);
          rows.push(row);
        }
      } finally {
        await reached.stop();
      }
    }
    return rows;
  } finally {
    await rm(scratch, { recursive: true });
  }
}

function printPage(rows: readonly Row[]): string {
  const cells = rows.map(({ store, version, requests, seconds }) => [
    store,
    version,
    requests,
    seconds.toFixed(1),
  ]);
  const machine = thisMachine();
  return `# Deleting a backup of ${flags.objects} objects

How many requests and how much time \`ashlar volume backup delete\` takes, start-up included, on servers on the same
machine. ${printMachine(machine)}; load average ${machine.load.toFixed(1)}.

${table(["Store", "Version", "Requests", "Seconds"], cells, 3)}

- radosgw and AWS delete up to 1000 objects by one request (\`DeleteObjects\`). A server that refuses it is asked once,
  and then gets a DELETE for each object, 8 at once.
- Swift deletes up to 500 objects by one request where \`/info\` reports its \`bulk_delete\`; else 8 at once.
- Google Cloud Storage gets a DELETE for each object, 16 at once: a batch request is billed and limited as what it holds.
- A directory is synced once. Before, a layer around it (\`--limit-upload\`, \`--log-requests\`, NFS) lost that, and it was
  synced for each object.
- Before, a HEAD was sent for each DELETE, one after the other.

Repeat: \`npm run bench:delete -- --before CHECKOUT\`, where CHECKOUT is a built checkout of an older version.
`;
}

const rows = await measureAll();
await writeFile(join(flags.out, "deletion.md"), printPage(rows));
