/** Real Cinder and the command, on one real Swift: each restores what the other stored, and deletes its own. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { listNames } from "../../src/testing/objects.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { Ashlar } from "../interop/ashlar.js";
import type { CinderStore } from "../interop/cinder.js";
import { historyOf } from "../interop/matrix.js";
import { useCinder } from "../interop/peer.js";
import { startSwift, useServer } from "./swift-server.js";
import { swiftSink, tempAuth } from "./swift-sinks.js";

const peer = useCinder(test);
const swift = useServer(test, startSwift);
const BLOCK_SIZE = 4096;
const OBJECT_SIZE = 7 * BLOCK_SIZE;

interface World {
  readonly directory: string;
  readonly ashlar: Ashlar;
  readonly store: CinderStore;
  readonly container: string;
  readonly names: () => Promise<string[]>;
}

let containers = 0;

async function makeWorld(t: ExecutionContext, compression: string): Promise<World> {
  const directory = await temporaryDirectory(t);
  const container = `vault-${containers++}`;
  const { authUrl } = swift.server;
  const options = {
    backup_swift_auth: "single_user",
    backup_swift_auth_version: "1",
    backup_swift_auth_url: authUrl,
    backup_swift_user: "test:tester",
    backup_swift_key: "testing",
    backup_swift_container: container,
  };
  const environment = Object.fromEntries(
    Object.entries(options).map(([name, value]) => [`ASHLAR_${name.toUpperCase()}`, value]),
  );
  const sizes = {
    ASHLAR_BACKUP_SWIFT_OBJECT_SIZE: String(OBJECT_SIZE),
    ASHLAR_BACKUP_SWIFT_BLOCK_SIZE: String(BLOCK_SIZE),
  };
  const ashlar = new Ashlar({
    stateDir: join(directory, "state"),
    repository: authUrl.replace("http://", "swift+http://"),
    compression,
    environment: { ...environment, ...sizes },
  });
  const user = tempAuth(authUrl, `${swift.server.url}/v1/AUTH_test`);
  const sink = swiftSink(user);
  return {
    directory,
    ashlar,
    store: { driver: "swift", options },
    container,
    names: () => listNames(sink, container, ""),
  };
}

for (const compression of ["zlib", "zstd"]) {
  test(`Cinder restores from Swift what Ashlar stored there: ${compression}`, async (t) => {
    const { directory, ashlar, store, container, names } = await makeWorld(t, compression);
    const { cinder } = peer;
    const history = historyOf(BLOCK_SIZE);
    const source = join(directory, "source.raw");
    const ids: string[] = [];
    let parent: string | null = null;
    for (const [point, bytes] of history.entries()) {
      await writeFile(source, bytes);
      if (point === 0) await ashlar.createVolume("disk", source);
      const made = await ashlar.createBackup("disk", { incremental: point > 0 });
      t.is(made.container, container);
      const prefix = (await names())
        .find((name) => name.includes(made.id))!
        .replace(/(-[0-9]+|_[a-z0-9]+)$/, "");
      t.regex(prefix, new RegExp(`^volume_${made.volume_id}/[0-9]{14}/az_nova_backup_${made.id}$`));
      const row = { id: made.id, volume_id: made.volume_id, parent_id: parent };
      await cinder.register({ ...row, container, service_metadata: prefix });
      ids.push(made.id);
      parent = made.id;
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

  test(`Ashlar restores from Swift what Cinder stored there: ${compression}`, async (t) => {
    const { directory, ashlar, store, names } = await makeWorld(t, compression);
    const { cinder } = peer;
    const history = historyOf(BLOCK_SIZE);
    const source = join(directory, "source.raw");
    const volume_id = crypto.randomUUID();
    const ids: string[] = [];
    for (const [point, bytes] of history.entries()) {
      await writeFile(source, bytes);
      const id = crypto.randomUUID();
      const sizes = { block_size: BLOCK_SIZE, file_size: OBJECT_SIZE, compression };
      const parent_id = point === 0 ? null : ids.at(-1)!;
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
