/** Chains that both have written: whoever made the parent, the other's incremental stands on it. */
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import test from "ava";
import { ashlarRestoresEach } from "./ashlar-restores.js";
import { cinderRestoresEach } from "./cinder-restores.js";
import { ashlarBacksUp, ashlarIn, cinderBacksUp, cinderRequest } from "./histories.js";
import { COMBINATIONS, historyOf, makeWorkspace } from "./matrix.js";
import { useCinder } from "./peer.js";

const peer = useCinder(test);

// Chunks may differ between parent and child, so the object size in the middle is enough here.
for (const combination of COMBINATIONS.filter(({ blockSize, objectSize }) => objectSize === 7 * blockSize)) {
  test.serial(`Ashlar's incrementals on Cinder's full: ${combination.title}`, async (t) => {
    const workspace = await makeWorkspace(t);
    const volumes = historyOf(combination.blockSize);
    const [full] = await cinderBacksUp(peer.cinder, workspace, combination, volumes.slice(0, 1));
    const ashlar = ashlarIn(workspace, combination, "state");
    await ashlar.scan();
    // The name is the one that Cinder's copy of the volume's row has.
    t.is(await ashlar.createVolume("protected", workspace.source), full!.volume_id);

    const ids = [full!.id];
    for (const volume of volumes.slice(1)) {
      await writeFile(workspace.source, volume);
      const backup = await ashlar.createBackup("protected", { incremental: true });
      t.is(backup.volume_id, full!.volume_id);
      const imported = await peer.cinder.import(await ashlar.exportRecord(backup.id));
      t.is(imported.parent_id, ids.at(-1)!);
      ids.push(backup.id);
    }
    await cinderRestoresEach(t, peer.cinder, workspace, ids, volumes);
    await ashlarRestoresEach(t, ashlar, workspace, ids, volumes);
  });

  test.serial(`Cinder's incrementals on Ashlar's full: ${combination.title}`, async (t) => {
    const workspace = await makeWorkspace(t);
    const volumes = historyOf(combination.blockSize);
    const ashlar = ashlarIn(workspace, combination, "state");
    const [full] = await ashlarBacksUp(ashlar, workspace, volumes.slice(0, 1));
    await peer.cinder.import(await ashlar.exportRecord(full!.id));

    const request = cinderRequest(workspace, combination, full!.volume_id);
    const ids = [full!.id];
    for (const volume of volumes.slice(1)) {
      await writeFile(workspace.source, volume);
      const backup = await peer.cinder.backup({ ...request, id: randomUUID(), parent_id: ids.at(-1)! });
      await ashlar.importRecord(await peer.cinder.export(backup.id));
      ids.push(backup.id);
    }
    await cinderRestoresEach(t, peer.cinder, workspace, ids, volumes);
    await ashlarRestoresEach(t, ashlar, workspace, ids, volumes);
  });
}

test("Cinder deletes what Ashlar wrote and leaves nothing of it", async (t) => {
  const workspace = await makeWorkspace(t);
  const [combination] = COMBINATIONS;
  const ashlar = ashlarIn(workspace, combination!, "state");
  const [full] = await ashlarBacksUp(ashlar, workspace, historyOf(combination!.blockSize).slice(0, 1));
  await peer.cinder.import(await ashlar.exportRecord(full!.id));
  await peer.cinder.delete(workspace.repository, full!.id);
  t.deepEqual(await workspace.storedIn(full!.container), []);
});
