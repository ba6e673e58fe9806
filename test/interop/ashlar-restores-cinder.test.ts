/** What real Cinder writes, Ashlar restores: found in the repository with no catalog, or told of by records. */
import test from "ava";
import { loadGoldenVectors } from "../fixtures/golden-vectors.js";
import { volumesOf } from "../fixtures/volume-recipe.js";
import { Ashlar } from "./ashlar.js";
import { ashlarRestoresEach } from "./ashlar-restores.js";
import { ashlarIn, cinderBacksUp, DESCRIPTION, NAME } from "./histories.js";
import { COMBINATIONS, historyOf, makeWorkspace, sameBytes } from "./matrix.js";
import { useCinder } from "./peer.js";

// Before the first hook or test: AVA takes none after an await.
const goldenVectors = await loadGoldenVectors();
const peer = useCinder(test);

for (const combination of COMBINATIONS) {
  test.serial(`Ashlar restores every point of Cinder's chain: ${combination.title}`, async (t) => {
    const workspace = await makeWorkspace(t);
    const volumes = historyOf(combination.blockSize);
    const backups = await cinderBacksUp(peer.cinder, workspace, combination, volumes);
    const ids = backups.map((backup) => backup.id);

    const scanned = ashlarIn(workspace, combination, "scanned");
    await scanned.scan();
    for (const [point, backup] of backups.entries()) {
      t.like(await scanned.showBackup(backup.id), {
        id: backup.id,
        name: NAME,
        description: DESCRIPTION,
        status: "available",
        size: 1,
        volume_id: backup.volume_id,
        container: backup.container,
        object_count: backup.object_count,
        is_incremental: point > 0,
      });
    }
    await ashlarRestoresEach(t, scanned, workspace, ids, volumes);
    await scanned.verify(ids.at(-1)!);

    const imported = ashlarIn(workspace, combination, "imported");
    for (const id of ids) await imported.importRecord(await peer.cinder.export(id));
    await ashlarRestoresEach(t, imported, workspace, ids, volumes);
  });
}

for (const vector of goldenVectors) {
  test.serial(`Ashlar restores the golden backups of ${vector.directory.split("/").at(-1)}`, async (t) => {
    const workspace = await makeWorkspace(t);
    const ashlar = new Ashlar({ stateDir: workspace.path("state"), repository: vector.directory });
    await ashlar.scan();
    const volumes = volumesOf(vector.recipe);
    for (const [point, backup] of vector.backups.entries()) {
      const target = workspace.newTarget();
      await ashlar.restore(backup.id, target);
      await sameBytes(t, target, volumes[point]!, `point ${point}`);
    }
  });
}
