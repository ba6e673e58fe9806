/** The peer itself: that the driver script really backs up and restores, and how tolerant Cinder's reader is. */
import { randomUUID } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { loadGoldenVectors } from "../fixtures/golden-vectors.js";
import { volumesOf } from "../fixtures/volume-recipe.js";
import { Cinder, type CinderBackup, CinderError } from "./cinder.js";
import { cinderRestoresEach } from "./cinder-restores.js";
import { historyOf, makeWorkspace, sameBytes, type Workspace } from "./matrix.js";
import { useCinder } from "./peer.js";

const BLOCK_SIZE = 4096;

interface Manifest {
  objects: unknown[];
  volume_meta?: unknown;
}

const peer = useCinder(test);

async function backUpHistory(workspace: Workspace): Promise<CinderBackup[]> {
  const { repository, source } = workspace;
  const volume_id = randomUUID();
  const backups: CinderBackup[] = [];
  for (const volume of historyOf(BLOCK_SIZE)) {
    await writeFile(source, volume);
    const parent_id = backups.at(-1)?.id ?? null;
    const sizes = { block_size: BLOCK_SIZE, file_size: 2 * BLOCK_SIZE };
    const id = randomUUID();
    backups.push(
      await peer.cinder.backup({
        repository,
        volume_file: source,
        volume_id,
        id,
        parent_id,
        volume_name: "peer",
        ...sizes,
      }),
    );
  }
  return backups;
}

async function editManifest(
  workspace: Workspace,
  backup: CinderBackup,
  edit: (manifest: Manifest) => void,
): Promise<void> {
  const path = join(workspace.repository, backup.container, `${backup.service_metadata}_metadata`);
  const manifest = JSON.parse(await readFile(path, "utf8")) as Manifest;
  edit(manifest);
  await writeFile(path, JSON.stringify(manifest));
}

test("Cinder restores its own chain at every point", async (t) => {
  const workspace = await makeWorkspace(t);
  const backups = await backUpHistory(workspace);
  t.deepEqual(
    backups.map((backup) => backup.status),
    ["available", "available", "available", "available"],
  );
  t.is(backups[3]!.object_count, 0);
  const ids = backups.map((backup) => backup.id);
  await cinderRestoresEach(t, peer.cinder, workspace, ids, historyOf(BLOCK_SIZE));
});

test("a chain moves to another Cinder by its records, and by the names of what is stored", async (t) => {
  const workspace = await makeWorkspace(t);
  const backups = await backUpHistory(workspace);
  const volumes = historyOf(BLOCK_SIZE);
  const byRecord = new Cinder(workspace.path("by-record.sqlite"));
  const byName = new Cinder(workspace.path("by-name.sqlite"));
  t.teardown(() => Promise.all([byRecord.close(), byName.close()]));
  for (const backup of backups) {
    const imported = await byRecord.import(await peer.cinder.export(backup.id));
    t.is(imported.parent_id, backup.parent_id);
    await byName.register(backup);
  }
  const ids = backups.map((backup) => backup.id);
  await cinderRestoresEach(t, byRecord, workspace, ids, volumes);
  await cinderRestoresEach(t, byName, workspace, ids.slice(-1), volumes.slice(-1));
});

test("the golden backups restore to the volumes of their recipes", async (t) => {
  const workspace = await makeWorkspace(t);
  for (const vector of await loadGoldenVectors()) {
    for (const backup of vector.backups) await peer.cinder.import(backup.record);
    const last = vector.backups.at(-1)!;
    const target = await workspace.dirtyTarget(vector.recipe.size);
    await peer.cinder.restore({ repository: vector.directory, id: last.id, target });
    await sameBytes(t, target, volumesOf(vector.recipe).at(-1)!, vector.directory);
  }
});

test("Cinder reads objects in any order, compact JSON, and a manifest without volume metadata", async (t) => {
  const workspace = await makeWorkspace(t);
  const backups = await backUpHistory(workspace);
  await editManifest(workspace, backups[0]!, (manifest) => {
    manifest.objects.reverse();
    manifest.volume_meta = null;
  });
  await editManifest(workspace, backups[1]!, (manifest) => {
    delete manifest.volume_meta;
  });
  const ids = backups.map((backup) => backup.id);
  await cinderRestoresEach(t, peer.cinder, workspace, ids, historyOf(BLOCK_SIZE));
});

test("the least that Cinder takes as volume metadata is a version; a name and metadata are applied", async (t) => {
  const workspace = await makeWorkspace(t);
  const [full] = await backUpHistory(workspace);
  const { repository } = workspace;
  const restoreWith = async (volumeMeta: unknown, volume_id: string): Promise<void> => {
    await editManifest(workspace, full!, (manifest) => {
      manifest.volume_meta = volumeMeta;
    });
    const target = await workspace.dirtyTarget(historyOf(BLOCK_SIZE)[0]!.length);
    await peer.cinder.restore({ repository, id: full!.id, target, volume_id });
  };

  await t.notThrowsAsync(restoreWith('{"version": 2}', randomUUID()));

  const target = randomUUID();
  const base = { display_name: "a name", display_description: "a text" };
  await restoreWith(
    JSON.stringify({ version: 2, "volume-base-metadata": base, "volume-metadata": { key: "value" } }),
    target,
  );
  const volume = await peer.cinder.volume(target);
  t.like(volume, { display_name: "a name", display_description: "a text", metadata: { key: "value" } });

  // An object instead of the string that holds one; a version that no Cinder has; no version.
  const refused: readonly [unknown, string][] = [
    [{ version: 2 }, "TypeError"],
    ['{"version": 3}', "BackupOperationError"],
    ["{}", "KeyError"],
  ];
  for (const [volumeMeta, kind] of refused) {
    const error = await t.throwsAsync(restoreWith(volumeMeta, randomUUID()), { instanceOf: CinderError });
    t.is(error.kind, kind);
  }
});

test("one more object under the prefix, or one less, and Cinder refuses", async (t) => {
  const workspace = await makeWorkspace(t);
  const [full] = await backUpHistory(workspace);
  const target = await workspace.dirtyTarget(historyOf(BLOCK_SIZE)[0]!.length);
  const request = { repository: workspace.repository, id: full!.id, target };
  const container = join(workspace.repository, full!.container);
  const stray = join(container, `${full!.service_metadata}-extra`);
  await writeFile(stray, "");
  t.is(
    (await t.throwsAsync(peer.cinder.restore(request), { instanceOf: CinderError })).kind,
    "InvalidBackup",
  );
  await rm(stray);
  await t.notThrowsAsync(peer.cinder.restore(request));
  await rm(join(container, `${full!.service_metadata}-00001`));
  t.is(
    (await t.throwsAsync(peer.cinder.restore(request), { instanceOf: CinderError })).kind,
    "InvalidBackup",
  );
});

test("a refused operation leaves the process ready for the next", async (t) => {
  const workspace = await makeWorkspace(t);
  const unknown = { repository: workspace.repository, id: randomUUID(), target: workspace.newTarget() };
  t.is(
    (await t.throwsAsync(peer.cinder.restore(unknown), { instanceOf: CinderError })).kind,
    "BackupNotFound",
  );
  const [full, ...incrementals] = await backUpHistory(workspace);
  for (const backup of [...incrementals.reverse(), full!]) {
    await peer.cinder.delete(workspace.repository, backup.id);
    t.deepEqual(await readdir(join(workspace.repository, backup.container)), []);
  }
  const left = (await peer.cinder.list()).map((backup) => backup.id);
  t.false(left.includes(full!.id));
});
