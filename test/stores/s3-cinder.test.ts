/** Real Cinder's S3 driver and the command, on one real S3 server: each restores what the other stored. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { listNames } from "../../src/testing/objects.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { Ashlar } from "../interop/ashlar.js";
import type { CinderStore } from "../interop/cinder.js";
import { historyOf } from "../interop/matrix.js";
import { useCinder } from "../interop/peer.js";
import { startRadosgw } from "./radosgw-server.js";
import { makeS3Sink } from "./s3-sinks.js";
import { useServer } from "./swift-server.js";

const peer = useCinder(test);
const radosgw = useServer(test, startRadosgw);
const BLOCK_SIZE = 4096;
const OBJECT_SIZE = 7 * BLOCK_SIZE;
const BUCKET = "volumebackups";

interface World {
  readonly directory: string;
  readonly ashlar: Ashlar;
  readonly store: CinderStore;
  readonly names: () => Promise<string[]>;
}

async function makeWorld(t: ExecutionContext, compression: string): Promise<World> {
  const directory = await temporaryDirectory(t);
  const { endpoint } = radosgw.server;
  const account = await radosgw.server.makeAccount();
  const options = {
    backup_s3_endpoint_url: endpoint,
    backup_s3_store_access_key: account.accessKeyId,
    backup_s3_store_secret_key: account.secretAccessKey,
    backup_s3_store_bucket: BUCKET,
  };
  // The keys come from where AWS's own tools look for them, and the rest from the URL.
  const credentials = join(directory, "credentials");
  const lines = [
    "[cinder.backup]",
    `aws_access_key_id = ${account.accessKeyId}`,
    `aws_secret_access_key = ${account.secretAccessKey}`,
  ];
  await writeFile(credentials, `${lines.join("\n")}\n`);
  const environment = {
    AWS_SHARED_CREDENTIALS_FILE: credentials,
    AWS_PROFILE: "cinder.backup",
    ASHLAR_BACKUP_S3_OBJECT_SIZE: String(OBJECT_SIZE),
    ASHLAR_BACKUP_S3_BLOCK_SIZE: String(BLOCK_SIZE),
  };
  const repository = `s3://${BUCKET}?endpoint=${endpoint}`;
  const sink = makeS3Sink(t, radosgw.server, account);
  return {
    directory,
    ashlar: new Ashlar({ stateDir: join(directory, "state"), repository, compression, environment }),
    store: { driver: "s3", options },
    names: () => listNames(sink, BUCKET, ""),
  };
}

for (const compression of ["zlib", "bz2", "zstd", "none"]) {
  test.serial(`Cinder restores from S3 what Ashlar stored there: ${compression}`, async (t) => {
    const { directory, ashlar, store, names } = await makeWorld(t, compression);
    const { cinder } = peer;
    const history = historyOf(BLOCK_SIZE);
    const source = join(directory, "source.raw");
    const ids: string[] = [];
    for (const [point, bytes] of history.entries()) {
      await writeFile(source, bytes);
      if (point === 0) await ashlar.createVolume("disk", source);
      const made = await ashlar.createBackup("disk", { incremental: point > 0 });
      t.is(made.container, BUCKET);
      const found = (await names()).find((name) => name.includes(made.id))!;
      const prefix = found.replace(/(-[0-9]+|_[a-z0-9]+)$/, "");
      t.regex(prefix, new RegExp(`^volume_${made.volume_id}/[0-9]{14}/az_nova_backup_${made.id}$`));
      const row = { id: made.id, volume_id: made.volume_id, parent_id: ids.at(-1) ?? null };
      await cinder.register({ ...row, container: BUCKET, service_metadata: prefix });
      ids.push(made.id);
    }
    for (const [point, id] of ids.entries()) {
      const target = join(directory, `restored-${point}`);
      await writeFile(target, new Uint8Array(history[0]!.length).fill(0xaa));
      await cinder.restore({ repository: store, id, target });
      t.is(Buffer.compare(await readFile(target), history[point]!), 0, `point ${point}`);
    }
    for (const id of ids.reverse()) await cinder.delete(store, id);
    t.deepEqual(await names(), ["ashlar-repository"]);
  });

  test.serial(`Ashlar restores from S3 what Cinder stored there: ${compression}`, async (t) => {
    const { directory, ashlar, store, names } = await makeWorld(t, compression);
    const { cinder } = peer;
    const history = historyOf(BLOCK_SIZE);
    const source = join(directory, "source.raw");
    const volume_id = crypto.randomUUID();
    const ids: string[] = [];
    for (const bytes of history) {
      await writeFile(source, bytes);
      const id = crypto.randomUUID();
      const sizes = { block_size: BLOCK_SIZE, file_size: OBJECT_SIZE, compression };
      const parent_id = ids.at(-1) ?? null;
      await cinder.backup({ repository: store, volume_file: source, volume_id, id, parent_id, ...sizes });
      ids.push(id);
    }
    await ashlar.scan();
    for (const [point, id] of ids.entries()) {
      await ashlar.verify(id);
      const target = join(directory, `restored-${point}`);
      await ashlar.restore(id, target);
      t.is(Buffer.compare(await readFile(target), history[point]!), 0, `point ${point}`);
    }
    for (const id of ids.reverse()) await ashlar.deleteBackup(id);
    t.deepEqual(await names(), []);
  });
}
