import * as fs from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test from "ava";
import { NotFoundError } from "../../../src/errors.js";
import type { ScannedBackup } from "../../../src/service/repositories/requests.js";
import type { Service } from "../../../src/service/service.js";
import { firstDifference } from "../../pipeline/world.js";
import { damage, rowsOf, type Start, start, VOLUME_SIZE, World, withBlock } from "../fixture.js";

interface Chain extends Start {
  readonly ids: readonly [full: string, child: string];
  readonly changed: Uint8Array;
}

async function chain(t: Parameters<typeof start>[0]): Promise<Chain> {
  const started = await start(t);
  const { world, service, bytes, path } = started;
  const full = await world.backup(service, { volume: "disk", name: "full" });
  const changed = withBlock(bytes, 4, 1);
  await fs.writeFile(path, changed);
  const child = await world.backup(service, { volume: "disk", name: "child", incremental: true });
  return { ...started, ids: [full.backup.id, child.backup.id], changed };
}

async function findingsOf(service: Service): Promise<string[]> {
  const found = await service.scanRepository();
  return found.map(({ finding }) => finding).sort();
}

function sorted(found: readonly ScannedBackup[]): ScannedBackup[] {
  return [...found].sort((a, b) => a.container.localeCompare(b.container));
}

test("an empty catalog gets back everything that a restore needs", async (t) => {
  const { world, ids, changed } = await chain(t);
  const other = await World.create(t);
  const service = await other.open({ settings: { repository: world.settings.repository } });
  t.deepEqual(await findingsOf(service), ["added", "added"]);
  t.deepEqual(await rowsOf(other), {
    volumes: ["disk available"],
    backups: ["child available", "full available"],
  });
  for (const id of ids) {
    const [before, after] = [
      (await world.catalog.backups.byId(id))!,
      (await other.catalog.backups.byId(id))!,
    ];
    for (const field of [
      "volumeId",
      "parentId",
      "container",
      "serviceMetadata",
      "service",
      "size",
      "objectCount",
      "storedSize",
      "manifestSha256",
      "name",
      "createdAt",
    ] as const) {
      t.deepEqual(after[field], before[field], field);
    }
  }
  t.like(await service.findVolume("disk"), { size: VOLUME_SIZE, source: null });
  t.is((await service.verifyBackup({ backup: "child" })).chainLength, 2);
  await service.restoreBackup({ backup: "child", volume: "./copy.img" });
  t.is(firstDifference(await other.read("copy.img"), changed), -1);
  t.deepEqual(await findingsOf(service), ["known", "known"]);
});

test("a catalog that knows everything is left as it is", async (t) => {
  const { world, service } = await chain(t);
  const before = await world.catalog.backups.list();
  t.deepEqual(await findingsOf(service), ["known", "known"]);
  t.deepEqual(await world.catalog.backups.list(), before);
});

test("a repository that was moved is followed, and incrementals go on there", async (t) => {
  const { world, ids } = await chain(t);
  const moved = join(world.directory, "moved");
  await fs.rename(world.repositoryPath, moved);
  const service = await world.open({ settings: { repository: pathToFileURL(moved).href } });
  t.deepEqual(await findingsOf(service), ["moved", "moved"]);
  t.is((await service.verifyBackup({ backup: ids[1] })).chainLength, 2);
  const next = await world.backup(service, { volume: "disk", incremental: true });
  t.is(next.backup.parentId, ids[1]);
  t.deepEqual(await findingsOf(service), ["known", "known", "known"]);
});

test("copies are seen, and the catalog keeps to the place that it has", async (t) => {
  const { world, service, ids } = await chain(t);
  const { container } = (await service.findBackup("full")).backup;
  await fs.cp(join(world.repositoryPath, container!), join(world.repositoryPath, "0-copy"), {
    recursive: true,
  });
  for (let scan = 0; scan < 2; scan++) {
    const found = await service.scanRepository();
    t.deepEqual(
      found.map(({ finding }) => finding),
      ["known", "known", "known"],
    );
    const [copy] = sorted(found);
    t.like(copy, { container: "0-copy", backupId: ids[0] });
    t.true(copy!.reason!.startsWith(`a copy; the catalog keeps to the one in container "${container}"`));
    t.is((await service.findBackup("full")).backup.container, container);
  }
  await fs.rm(join(world.repositoryPath, container!), { recursive: true });
  t.deepEqual(await findingsOf(service), ["known", "moved"]);
  t.is((await service.verifyBackup({ backup: "child" })).chainLength, 2);
});

test("of two copies an empty catalog takes one", async (t) => {
  const { world } = await chain(t);
  await fs.cp(world.repositoryPath, `${world.repositoryPath}-2`, { recursive: true });
  await fs.cp(`${world.repositoryPath}-2`, join(world.repositoryPath, "again"), { recursive: true });
  const other = await World.create(t);
  const service = await other.open({ settings: { repository: world.settings.repository } });
  t.deepEqual(await findingsOf(service), ["added", "added", "known", "known"]);
  t.is((await service.verifyBackup({ backup: "child" })).chainLength, 2);
});

test("damaged, incomplete and foreign files hide nothing and add nothing", async (t) => {
  const { world, service } = await chain(t);
  const lost = await world.backup(service, { volume: "disk", name: "lost" });
  const torn = await world.backup(service, { volume: "disk", name: "torn" });
  await fs.rm(world.objectPath(lost, "-00001"));
  await damage(world.objectPath(torn, "_metadata"), 2);
  const root = world.repositoryPath;
  await fs.mkdir(join(root, "foreign/_metadata"), { recursive: true });
  await fs.writeFile(join(root, "foreign/notes_metadata"), "hello");
  await fs.writeFile(join(root, "foreign/list_metadata"), "[]");
  await fs.writeFile(join(root, "foreign/empty_metadata"), "");
  await fs.writeFile(join(root, "foreign/binary_metadata"), new Uint8Array([0xff, 0xfe, 0]));
  await fs.writeFile(join(root, "foreign/readme.txt"), "hello");
  await fs.writeFile(join(root, "foreign/huge_metadata"), "");
  await fs.truncate(join(root, "foreign/huge_metadata"), 2 ** 35);
  await fs.writeFile(join(root, "lonely_metadata"), "{}");

  const other = await World.create(t);
  const elsewhere = await other.open({ settings: { repository: world.settings.repository } });
  const found = await elsewhere.scanRepository();
  const by = (finding: string): ScannedBackup[] => found.filter((scanned) => scanned.finding === finding);
  t.is(by("added").length, 2);
  t.is(by("skipped").length, 7);
  t.true(by("skipped").every(({ reason }) => reason!.startsWith("Cannot ")));
  t.like(
    by("skipped").find(({ prefix }) => prefix === lost.backup.serviceMetadata),
    { backupId: lost.backup.id, volumeId: lost.backup.volumeId },
  );
  t.deepEqual((await rowsOf(other)).backups, ["child available", "full available"]);
});

test("an incremental whose parent is missing is added, and asks for it when it is restored", async (t) => {
  const { world, service, ids } = await chain(t);
  const { backup } = await service.findBackup("full");
  await fs.rename(join(world.repositoryPath, backup.container!), join(world.directory, "away"));
  const other = await World.create(t);
  const elsewhere = await other.open({ settings: { repository: world.settings.repository } });
  t.deepEqual(await findingsOf(elsewhere), ["added"]);
  t.like(await elsewhere.findVolume("disk"), { size: 0 });
  await t.throwsAsync(elsewhere.restoreBackup({ backup: ids[1] }), {
    instanceOf: NotFoundError,
    message: /its parent .* is not in the catalog; scan its repository, or import its record$/,
  });
  await fs.rename(join(world.directory, "away"), join(world.repositoryPath, "back"));
  t.deepEqual(await findingsOf(elsewhere), ["added", "known"]);
  t.like(await elsewhere.findVolume("disk"), { size: VOLUME_SIZE });
  t.is((await elsewhere.verifyBackup({ backup: ids[1] })).chainLength, 2);
});

test("a place that holds another manifest than the catalog remembers is not taken over", async (t) => {
  const { world, service } = await chain(t);
  const view = await service.findBackup("child");
  const manifest = world.objectPath(view, "_metadata");
  const text = await fs.readFile(manifest, "utf8");
  const moved = join(world.directory, "moved");
  await fs.rename(world.repositoryPath, moved);
  const path = manifest.replace(world.repositoryPath, moved);
  await fs.writeFile(path, text.replace('"backup_name": "child"', '"backup_name": "changed"'));
  const elsewhere = await world.open({ settings: { repository: pathToFileURL(moved).href } });
  t.deepEqual(await findingsOf(elsewhere), ["moved", "skipped"]);
  t.is((await service.findBackup("child")).backup.repository, world.settings.repository);
});

test("a repository that is not there is said so", async (t) => {
  const { service } = await start(t);
  await t.throwsAsync(service.scanRepository(), {
    instanceOf: NotFoundError,
    message: /there is no such directory; create it, or mount it$/,
  });
});

test("a scan can be cancelled", async (t) => {
  const { service } = await chain(t);
  await t.throwsAsync(service.scanRepository({ signal: AbortSignal.abort() }), { name: "CancelledError" });
});
