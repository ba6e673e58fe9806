/** A volume compared with a backup: every range that differs is listed, and nothing is written. */
import * as fs from "node:fs/promises";
import test from "ava";
import { IntegrityError, isAshlarError } from "../../../src/errors.js";
import { joined, noise } from "../../pipeline/volume-bytes.js";
import { BLOCK_SIZE, damage, rowsOf, start, VOLUME_SIZE, withBlock } from "../fixture.js";

test("a comparison lists the ranges that differ, and writes nothing", async (t) => {
  const { world, service, bytes, path } = await start(t);
  await world.backup(service, { volume: "disk", name: "full" });
  const newer = withBlock(bytes, 6, 5);
  await fs.writeFile(path, newer);
  const { backup } = await world.backup(service, { volume: "disk", name: "second", incremental: true });
  const [rows, stored] = [await rowsOf(world), await world.stored()];
  const compare = (volume = "disk") => service.compareBackup({ backup: "second", volume });
  const equal = await compare();
  t.like(equal, { differing: [], differingSize: 0, missing: undefined, beyond: undefined, source: path });
  t.is(equal.comparedSize, VOLUME_SIZE);
  t.is(equal.backup.id, backup.id);

  // Two blocks side by side, one alone, and the short one at the end.
  let changed = withBlock(withBlock(withBlock(newer, 2, 1), 3, 2), 11, 3);
  changed[VOLUME_SIZE - 1]! ^= 1;
  const other = await world.write("other.img", changed);
  const found = await compare("./other.img");
  t.deepEqual(found.differing, [
    { offset: 2 * BLOCK_SIZE, length: 2 * BLOCK_SIZE },
    { offset: 11 * BLOCK_SIZE, length: BLOCK_SIZE },
    { offset: 20 * BLOCK_SIZE, length: 100 },
  ]);
  t.is(found.differingSize, 3 * BLOCK_SIZE + 100);
  t.deepEqual(new Uint8Array(await fs.readFile(other)), changed);

  // A volume that has shrunk or grown; a block that is cut is not the one in the backup.
  await fs.writeFile(other, newer.subarray(0, 4 * BLOCK_SIZE + 7));
  t.like(await compare("./other.img"), {
    differing: [{ offset: 4 * BLOCK_SIZE, length: 7 }],
    missing: { offset: 4 * BLOCK_SIZE + 7, length: VOLUME_SIZE - 4 * BLOCK_SIZE - 7 },
  });
  changed = joined(newer, noise(3000, 8));
  await fs.writeFile(other, changed);
  t.like(await compare("./other.img"), { differing: [], beyond: { offset: VOLUME_SIZE, length: 3000 } });
  t.deepEqual(await rowsOf(world), rows);
  t.deepEqual(await world.stored(), stored);
});

test("every difference of any blocks is found, whatever windows they are in", async (t) => {
  const { world, service, bytes } = await start(t);
  const large = joined(...Array.from({ length: 40 }, (_, at) => noise(BLOCK_SIZE * 9, at)), bytes);
  await world.write("large.img", large);
  await world.backup(service, { volume: "./large.img", name: "large" });
  for (let round = 0; round < 8; round++) {
    const blocks = new Set(Array.from({ length: 1 + round * 3 }, () => Math.floor(Math.random() * 380)));
    let changed: Uint8Array = large;
    for (const block of blocks) changed = withBlock(changed, block, block);
    await world.write("other.img", changed);
    const { differing } = await service.compareBackup({ backup: "large", volume: "./other.img" });
    const found = differing.flatMap(({ offset, length }) =>
      Array.from({ length: Math.ceil(length / BLOCK_SIZE) }, (_, at) => offset / BLOCK_SIZE + at),
    );
    t.deepEqual(
      found,
      [...blocks].sort((a, b) => a - b),
    );
  }
});

test("a damaged digest table is no witness, and a volume that is not there is named", async (t) => {
  const { world, service } = await start(t);
  const view = await world.backup(service, { volume: "disk", name: "full" });
  const error = await t.throwsAsync(service.compareBackup({ backup: "full", volume: "nowhere" }));
  t.true(isAshlarError(error, "not-found"));
  await damage(world.objectPath(view, "_sha256file"), 900);
  await t.throwsAsync(service.compareBackup({ backup: "full", volume: "disk" }), {
    instanceOf: IntegrityError,
  });
});
