/** Whole volumes backed up and restored with bz2; what real Cinder wrote is in the pipeline's test of golden vectors. */
import test from "ava";
import { MIB } from "../../../src/units.js";
import { joined, noise, patched, prose } from "../../pipeline/volume-bytes.js";
import { firstDifference, runtimes, World } from "../../pipeline/world.js";

const BLOCK_SIZE = 16 * 1024;

for (const { title, runtime } of runtimes) {
  test(`a full backup and an incremental come back, ${title}`, async (t) => {
    const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize: 3 * MIB, codec: "bz2" });
    const volume = joined(prose(4 * MIB), new Uint8Array(4 * MIB), noise(3 * MIB), prose(MIB + 77));
    const changed = patched(patched(volume, 5, prose(100)), 4 * MIB + 3, noise(50_000));
    const full = await world.backup(volume);
    const incremental = await world.backup(changed, { incremental: true });
    t.deepEqual(new Set(full.objects.map((object) => object.compression)), new Set(["bz2", "none"]));
    t.true(full.storedSize < 0.6 * volume.length);
    t.true(incremental.objects.length > 0);
    t.is(firstDifference(await world.restoredNew(0, volume.length), volume), -1);
    t.is(firstDifference(await world.restoredNew(1, changed.length), changed), -1);
  });
}
