/** Snapshots by reflinks on a real XFS, where this user may mount one: the view stays while the volume goes on. */
import { watch } from "node:fs";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { openNodeService } from "../../src/node/service.js";
import type { Service } from "../../src/service/service.js";
import { noise, patched } from "../pipeline/volume-bytes.js";
import { Site } from "../recovery/site.js";
import { run } from "../stores/daemon.js";

const MIB = 1024 ** 2;
/** The least that `mkfs.xfs` takes; sparse. */
const FILE_SYSTEM_SIZE = 512 * MIB;
const VOLUME_SIZE = 8 * MIB;

interface Scene {
  readonly service: Service;
  readonly site: Site;
  /** Of the volume's file. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** `undefined`, with the reason logged, where the host mounts nothing. */
async function open(t: ExecutionContext, useTempSnapshot = false): Promise<Scene | undefined> {
  const site = await Site.create(t, { fileSize: MIB, useTempSnapshot });
  const mountPoint = site.path("xfs");
  const image = site.path("xfs.img");
  await fs.mkdir(mountPoint);
  await fs.writeFile(image, "");
  await fs.truncate(image, FILE_SYSTEM_SIZE);
  try {
    await run("mkfs.xfs", ["-q", "-m", "reflink=1", image]);
    await run("mount", ["-o", "loop", image, mountPoint]);
  } catch (error) {
    t.log(`no XFS on this host, so reflinks are not tested: ${(error as Error).message}`);
    t.pass();
    return undefined;
  }
  t.teardown(() => run("umount", ["--lazy", mountPoint]));
  const bytes = noise(VOLUME_SIZE, 1);
  const path = join(mountPoint, "disk.img");
  await fs.writeFile(path, bytes);
  const service = await openNodeService(site.settings, { digestEngine: "native" });
  t.teardown(() => service.close());
  await service.createVolume({ name: "disk", source: path });
  return { service, site, path, bytes };
}

test.serial("a snapshot by reflink holds what the volume held, and takes no room for it", async (t) => {
  const scene = await open(t);
  if (scene === undefined) return;
  const { service, site, path, bytes } = scene;
  const { bavail: roomBefore, bsize } = await fs.statfs(path);
  const snapshot = await service.createSnapshot({ volume: "disk", name: "then" });
  t.is(snapshot.kind, "reflink");
  t.true((roomBefore - (await fs.statfs(path)).bavail) * bsize < MIB, "no copy");
  const file = await fs.open(path, "r+");
  await file.write(noise(100_000, 2), 0, 100_000, 3 * MIB + 17);
  await file.close();
  const { backup } = await service.createBackup({ volume: "disk", snapshot: "then" });
  t.deepEqual(backup.dataTimestamp, snapshot.createdAt);
  await service.restoreBackup({ backup: backup.id, volume: site.path("then.img") });
  t.is(await site.difference("then.img", bytes), -1);
  const { backup: after } = await service.createBackup({ volume: "disk", incremental: true });
  await service.restoreBackup({ backup: after.id, volume: site.path("now.img") });
  t.is(await site.difference("now.img", patched(bytes, 3 * MIB + 17, noise(100_000, 2))), -1);
  await service.deleteSnapshot("then");
  t.deepEqual(await fs.readdir(join(path, "..")), ["disk.img"]);
});

test.serial("a volume in use is read from a reflink that is made for the backup alone", async (t) => {
  const scene = await open(t, true);
  if (scene === undefined) return;
  const { service, site, path, bytes } = scene;
  await service.resetVolume("disk", "in-use");
  const seen = new Set<string | null>();
  const watcher = watch(join(path, ".."), (_, name) => seen.add(name));
  const { backup } = await service.createBackup({ volume: "disk", force: true });
  watcher.close();
  t.true([...seen].some((name) => name?.startsWith(".ashlar-snapshot-")));
  t.deepEqual(await fs.readdir(join(path, "..")), ["disk.img"]);
  t.deepEqual(await service.listSnapshots(), []);
  await service.restoreBackup({ backup: backup.id, volume: site.path("copy.img") });
  t.is(await site.difference("copy.img", bytes), -1);
});
