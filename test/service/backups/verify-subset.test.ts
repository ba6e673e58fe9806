/** Verifications in parts: runs of any size cover everything in time, once in a round. */
import * as fs from "node:fs/promises";
import test from "ava";
import { IntegrityError } from "../../../src/errors.js";
import type { VerifySubset } from "../../../src/service/backups/requests.js";
import { BLOCK_SIZE, damage, FILE_SIZE, start, VOLUME_SIZE, withBlock } from "../fixture.js";

const OBJECTS = Math.ceil(VOLUME_SIZE / FILE_SIZE);

for (const [title, subset, runs] of [
  ["a share", { share: 0.3 }, 3],
  ["a small share", { share: 0.0001 }, OBJECTS],
  ["a size", { size: FILE_SIZE + 1 }, 2],
  ["everything", { share: 1 }, 1],
] as [string, VerifySubset, number][]) {
  test(`parts of ${title} cover everything, each object once in a round, and remember it`, async (t) => {
    const { world, service } = await start(t);
    const { backup } = await world.backup(service, { volume: "disk" });
    for (const round of [0, 1]) {
      let [size, objects] = [0, 0];
      for (let run = 0; run < runs; run++) {
        t.is(
          (await world.catalog.backups.find(backup.id)).verifiedTo ?? 0,
          size,
          `run ${run} of round ${round}`,
        );
        // Another process: nothing is remembered but in the catalog.
        const again = await world.open();
        const outcome = await again.verifyBackup({ backup: backup.id, subset });
        size += outcome.verifiedSize;
        objects += outcome.verifiedObjects;
        t.is(outcome.verifiedTo, run === runs - 1 ? undefined : size);
        t.is(outcome.verifiedAt === undefined, round === 0 && run < runs - 1);
      }
      t.deepEqual([size, objects], [VOLUME_SIZE, OBJECTS]);
    }
  });
}

test("damage is found by the part that has it, by no other, and by each run until it is mended", async (t) => {
  const { world, service } = await start(t);
  const view = await world.backup(service, { volume: "disk" });
  const { id } = view.backup;
  const path = world.objectPath(view, "-00002");
  await damage(path, 3 * BLOCK_SIZE);
  const part = () => service.verifyBackup({ backup: id, subset: { size: 1 } });
  t.is((await part()).verifiedTo, FILE_SIZE);
  for (let run = 0; run < 2; run++) {
    const error = await t.throwsAsync(part(), { instanceOf: IntegrityError });
    t.true(error.location.objectName!.endsWith("-00002"));
    t.is((await world.catalog.backups.find(id)).verifiedTo, FILE_SIZE);
  }
  await damage(path, 3 * BLOCK_SIZE);
  t.is((await part()).verifiedTo, 2 * FILE_SIZE);
});

test("objects of a chain that begin at one place are read together, and no run is without an object", async (t) => {
  const { world, service, bytes, path } = await start(t);
  await world.backup(service, { volume: "disk" });
  // The first block of the second object is now in an object of its own, which begins where that one does.
  await fs.writeFile(path, withBlock(bytes, FILE_SIZE / BLOCK_SIZE, 1));
  const { backup } = await world.backup(service, { volume: "disk", incremental: true });
  const counts: number[] = [];
  for (let verifiedTo: number | undefined = 0; verifiedTo !== undefined; ) {
    const outcome = await service.verifyBackup({ backup: backup.id, subset: { size: 1 } });
    counts.push(outcome.verifiedObjects);
    verifiedTo = outcome.verifiedTo;
  }
  t.deepEqual(counts, [1, 2, 1]);
});

test("a duration ends with the round at the latest, and an impossible subset is refused", async (t) => {
  const { world, service } = await start(t);
  const { backup } = await world.backup(service, { volume: "disk" });
  const outcome = await service.verifyBackup({ backup: backup.id, subset: { durationMs: 60_000 } });
  t.like(outcome, { verifiedSize: VOLUME_SIZE, verifiedTo: undefined });
  for (const subset of [{}, { share: 0 }, { share: 1.5 }, { size: 0 }, { share: 0.5, size: 1 }])
    await t.throwsAsync(service.verifyBackup({ backup: backup.id, subset }), {
      message: /^Cannot verify a subset of /,
    });
  await t.throwsAsync(service.verifyBackup({ backup: backup.id, subset: { share: 0.5 }, sample: 0.5 }), {
    message: /want one of both/,
  });
});
