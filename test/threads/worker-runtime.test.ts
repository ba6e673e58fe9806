/** Backups and restores on the tasks of workers, by both ways of giving them bytes; real workers run the portable suite. */
import test from "ava";
import { IntegrityError } from "../../src/errors.js";
import { instantiateFresh } from "../../src/node/codecs/zstd/instance.js";
import { putObject } from "../../src/testing/objects.js";
import { workerRuntime } from "../../src/threads/worker-runtime.js";
import { joined, noise, patched, prose } from "../pipeline/volume-bytes.js";
import { CONTAINER, dirtyTarget, firstDifference, readObject, World } from "../portable/world.js";
import { ChannelWorker } from "./channel-worker.js";

const MIB = 1024 * 1024;

for (const shared of [true, false]) {
  const how = shared ? "shared" : "copied";
  for (const codec of ["none", "zlib", "bz2", "zstd"] as const) {
    test(`${codec}: chains are written and read with ${how} windows, and damage is found`, async (t) => {
      const runtime = await workerRuntime({
        shared,
        count: 2,
        createWorker: () => new ChannelWorker().worker,
        instantiateZstd: instantiateFresh,
      });
      t.teardown(() => runtime.close?.());
      const world = await World.create({ runtime, blockSize: 32_768, chunkSize: MIB, codec });
      const first = joined(prose(MIB), noise(MIB + 5), new Uint8Array(MIB), prose(400_000, 2));
      const second = patched(first, 2 * MIB - 100, noise(200_000, 9));
      await world.backup(first);
      await world.backup(second, { incremental: true });
      t.is(firstDifference(await world.restoredNew(0, first.length), first), -1);
      t.is(firstDifference(await world.restoredDirty(1, second.length), second), -1);
      const { name } = world.points[0]!.result.objects[0]!;
      const bytes = await readObject(world.sink, name);
      bytes[bytes.length >> 1]! ^= 1;
      await putObject(world.sink, { container: CONTAINER, name }, bytes);
      const error = await t.throwsAsync(world.restore(1, dirtyTarget(second.length)), {
        instanceOf: IntegrityError,
      });
      t.is(error?.location.objectName, name);
    });
  }
}
