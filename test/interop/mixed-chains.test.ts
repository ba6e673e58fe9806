/** Chains that both have written: whoever made the parent, the other's incremental stands on it. */
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import test from "ava";
import { ashlarRestoresEach } from "./ashlar-restores.js";
import { Cinder } from "./cinder.js";
import { cinderRestoresEach } from "./cinder-restores.js";
import { ashlarBacksUp, ashlarIn, cinderBacksUp, cinderRequest } from "./histories.js";
import { COMBINATIONS, historyOf, makeWorkspace, sameBytes } from "./matrix.js";
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

for (const compression of ["zlib", "zstd"]) {
  const combination = COMBINATIONS.find((each) => each.compression === compression)!;
  test.serial(
    `Cinder restores a consolidated backup and what is based on it: ${combination.title}`,
    async (t) => {
      const workspace = await makeWorkspace(t);
      const volumes = historyOf(combination.blockSize);
      const ashlar = ashlarIn(workspace, combination, "state");
      const backups = await ashlarBacksUp(ashlar, workspace, volumes);
      const ids = backups.map(({ id }) => id);
      const consolidated = await ashlar.consolidateBackup(ids[2]!);
      t.like(consolidated, { id: ids[2]!, is_incremental: false, container: backups[2]!.container });
      // Cinder never hears of those that it was based on.
      for (const id of ids.slice(2)) {
        const imported = await peer.cinder.import(await ashlar.exportRecord(id));
        if (id === ids[2]) t.like(imported, { parent_id: null, object_count: consolidated.object_count });
      }
      for (const [point, id] of ids.entries()) {
        if (point < 2) continue;
        const target = await workspace.dirtyTarget(volumes[point]!.length);
        await peer.cinder.restore({ repository: workspace.repository, id, target });
        await sameBytes(t, target, volumes[point]!, `Cinder, point ${point}`);
      }
      await ashlar.deleteBackup(ids[1]!);
      await ashlar.deleteBackup(ids[0]!);
      await ashlarRestoresEach(t, ashlar, workspace, ids.slice(2), volumes.slice(2));
    },
  );

  test.serial(
    `Cinder's own chain is consolidated, and Cinder restores it: ${combination.title}`,
    async (t) => {
      const workspace = await makeWorkspace(t);
      const volumes = historyOf(combination.blockSize).slice(0, 3);
      const [full, middle, last] = await cinderBacksUp(peer.cinder, workspace, combination, volumes);
      const ashlar = ashlarIn(workspace, combination, "state");
      await ashlar.scan();
      await ashlar.consolidateBackup(last!.id);
      await ashlar.deleteBackup(middle!.id);
      await ashlar.deleteBackup(full!.id);
      const other = ashlarIn(workspace, combination, "other");
      await other.scan();
      await other.verify(last!.id);
      // One that knows nothing of the chain, as after its own record was deleted.
      const another = new Cinder(workspace.path("another.sqlite"));
      t.teardown(() => another.close());
      await another.import(await ashlar.exportRecord(last!.id));
      const target = await workspace.dirtyTarget(volumes[2]!.length);
      await another.restore({ repository: workspace.repository, id: last!.id, target });
      await sameBytes(t, target, volumes[2]!, "Cinder");
    },
  );
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
