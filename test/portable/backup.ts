/** Backups, incrementals, verification and restores in memory, with every codec and within the plan of memory. */
import type { CodecId } from "../../src/codecs/codec.js";
import { IntegrityError } from "../../src/errors.js";
import type { MemoryPlan } from "../../src/pipeline/memory/plan.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { MemoryTarget } from "../../src/sources/memory.js";
import { KIB, MIB } from "../../src/units.js";
import { joined, noise, patched, prose } from "../pipeline/volume-bytes.js";
import type { Assertions, PortableTest } from "./assertions.js";
import { dirtyTarget, firstDifference, readObject, World, writeObject } from "./world.js";

/** Shrinks well, badly and not at all, in turns that windows and objects do not share. */
const VOLUME = joined(prose(MIB + 5), noise(500_077), new Uint8Array(MIB), prose(400_000, 2), noise(99));
const CHANGED = patched(patched(VOLUME, 123_456, noise(70_000, 9)), 2 * MIB, prose(300_000, 3));
const ZEROED = patched(CHANGED, 90_000, new Uint8Array(200_000));

interface Accounted {
  readonly memory: MemoryPlan;
  readonly accountedPeak: number;
}

function checkPeak(t: Assertions, { memory, accountedPeak }: Accounted): void {
  t.true(accountedPeak <= memory.accounted, `${accountedPeak} of ${memory.accounted}`);
  t.true(accountedPeak >= memory.read, "the pool at least is accounted for");
}

export function backupTests(test: PortableTest, runtime: Runtime): void {
  const ids: readonly CodecId[] = ["none", ...runtime.codecs.keys()];
  for (const codec of ids) {
    for (const chunkSize of [96 * KIB, 1_999_994_880]) {
      test(`backup, ${codec}, objects of ${chunkSize}: every point of a chain comes back, within the plan`, async (t) => {
        const world = await World.create({ runtime, blockSize: 32 * KIB, chunkSize, codec });
        const history = [VOLUME, CHANGED, CHANGED, ZEROED];
        for (const [point, volume] of history.entries())
          checkPeak(t, await world.backup(volume, { incremental: point > 0 }));
        t.is(world.points[2]!.result.objects.length, 0);
        for (const [point, volume] of history.entries()) {
          checkPeak(t, await world.restore(point, undefined));
          const fresh = new MemoryTarget({ size: volume.length });
          checkPeak(t, await world.restore(point, fresh));
          t.is(firstDifference(fresh.bytes, volume), -1, `point ${point}`);
          const dirty = dirtyTarget(volume.length);
          await world.restore(point, dirty);
          t.is(firstDifference(dirty.bytes, volume), -1, `point ${point}, on a volume that was full`);
        }
      });
    }

    test(`verify, ${codec}: a wrong byte of any object is found, and no wrong byte is restored`, async (t) => {
      const world = await World.create({ runtime, blockSize: 4 * KIB, chunkSize: 64 * KIB, codec });
      const volume = joined(prose(100_000), noise(60_000));
      await world.backup(volume);
      const objects = (await world.names()).filter((name) => /-\d{5}$/.test(name));
      t.is(objects.length, 3);
      for (const name of objects) {
        const stored = await readObject(world.sink, name);
        const damaged = stored.slice();
        damaged[Math.floor(stored.length / 2)]! ^= 0x10;
        await writeObject(world.sink, name, damaged);
        await t.throwsAsync(world.restore(0, undefined), { instanceOf: IntegrityError }, name);
        const target = new MemoryTarget({ size: volume.length });
        await t.throwsAsync(world.restore(0, target), { instanceOf: IntegrityError }, name);
        t.is(
          target.bytes.findIndex((byte, at) => byte !== 0 && byte !== volume[at]),
          -1,
          name,
        );
        await writeObject(world.sink, name, stored);
      }
      await world.restore(0, undefined);
    });
  }
}
