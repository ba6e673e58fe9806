/** What Ashlar writes, real Cinder restores: it is told of it by nothing but Ashlar's exported records. */
import test from "ava";
import { MIB } from "../../src/units.js";
import { joined, noise, patched, prose } from "../pipeline/volume-bytes.js";
import { cinderRestoresEach } from "./cinder-restores.js";
import { ashlarBacksUp, ashlarIn, DESCRIPTION, NAME } from "./histories.js";
import { COMBINATIONS, historyOf, makeWorkspace } from "./matrix.js";
import { useCinder } from "./peer.js";

const peer = useCinder(test);

for (const combination of COMBINATIONS) {
  test.serial(`Cinder restores every point of Ashlar's chain: ${combination.title}`, async (t) => {
    const workspace = await makeWorkspace(t);
    const ashlar = ashlarIn(workspace, combination, "state");
    const volumes = historyOf(combination.blockSize);
    const backups = await ashlarBacksUp(ashlar, workspace, volumes);
    for (const [point, backup] of backups.entries()) {
      t.is(backup.status, "available");
      t.is(backup.is_incremental, point > 0);
      const imported = await peer.cinder.import(await ashlar.exportRecord(backup.id));
      t.like(imported, {
        id: backup.id,
        volume_id: backup.volume_id,
        parent_id: point === 0 ? null : backups[point - 1]!.id,
        size: 1,
        container: backup.container,
        object_count: backup.object_count,
        display_name: NAME,
        display_description: DESCRIPTION,
      });
    }
    t.is(backups.at(-1)!.object_count, 0);
    const ids = backups.map((backup) => backup.id);
    await cinderRestoresEach(t, peer.cinder, workspace, ids, volumes);
  });
}

for (const compression of ["zlib", "zstd"] as const)
  test.serial(`Cinder restores what threads compressed: ${compression}, 50 MiB and more`, async (t) => {
    const workspace = await makeWorkspace(t);
    const combination = { title: "", compression, blockSize: 32_768, objectSize: 8 * MIB };
    const ashlar = ashlarIn(workspace, combination, "state");
    const parts = Array.from({ length: 10 }, (_, part) =>
      joined(prose(3 * MIB, part), noise(MIB, part), new Uint8Array(MIB)),
    );
    const full = joined(...parts, prose(77));
    const volumes = [full, patched(full, 20 * MIB, prose(5 * MIB, 99))];
    const backups = await ashlarBacksUp(ashlar, workspace, volumes);
    for (const { id } of backups) await peer.cinder.import(await ashlar.exportRecord(id));
    const ids = backups.map(({ id }) => id);
    await cinderRestoresEach(t, peer.cinder, workspace, ids, volumes);
  });
