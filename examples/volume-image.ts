/** A realistic volume for the quickstart: an ext4 image of this machine's own files where it can be made. */
import { spawnSync } from "node:child_process";
import { copyFile, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

const MIB = 1024 * 1024;
/** A good part of the image stays empty, as on most volumes. */
const IMAGE_SIZE = 384 * MIB;
const CONTENT_SIZE = 224 * MIB;
const FILE_SIZE_MAX = 24 * MIB;
/** Files are made for an inode each, and directories need some too. */
const FILE_COUNT_MAX = 20_000;
const INODE_COUNT = 32_768;

/** Directories of real files, tried in this order. */
const ORIGINS: readonly string[] = [
  "/usr/bin",
  "/usr/lib",
  "/usr/share",
  "/usr/include",
  dirname(process.execPath),
];

export interface VolumeImage {
  readonly path: string;
  /** What it is, for people. */
  readonly description: string;
}

/** Makes the image in `directory`. */
export async function makeVolumeImage(directory: string): Promise<VolumeImage> {
  const path = join(directory, "volume.raw");
  const files = await chooseFiles();
  const count = files.length.toLocaleString("en");
  if (await makeExt4(directory, path, files))
    return { path, description: `ext4 image of ${count} files of this machine` };
  await concatenate(path, files);
  return { path, description: `image assembled from ${count} files of this machine` };
}

async function chooseFiles(): Promise<string[]> {
  const chosen: string[] = [];
  let size = 0;
  for (const origin of ORIGINS) {
    for await (const { path, fileSize } of walk(origin)) {
      if (size + fileSize > CONTENT_SIZE || chosen.length === FILE_COUNT_MAX) return chosen;
      chosen.push(path);
      size += fileSize;
    }
  }
  return chosen;
}

/** Regular files below `directory`, without following links; what cannot be read is passed over. */
async function* walk(directory: string): AsyncGenerator<{ path: string; fileSize: number }> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    if (!entry.isFile()) continue;
    const { size: fileSize } = await stat(path);
    if (fileSize > 0 && fileSize <= FILE_SIZE_MAX) yield { path, fileSize };
  }
}

/** Whether `mkfs.ext4` is here and made the image. */
async function makeExt4(directory: string, image: string, files: readonly string[]): Promise<boolean> {
  const mkfs = ["mkfs.ext4", "/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4"].find(
    (command) => spawnSync(command, ["-V"]).status === 0,
  );
  if (mkfs === undefined) return false;
  const stage = join(directory, "stage");
  for (const file of files) {
    const copy = join(stage, file);
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(file, copy).catch(() => {});
  }
  await makeEmpty(image);
  const { status } = spawnSync(mkfs, ["-q", "-F", "-N", String(INODE_COUNT), "-d", stage, image]);
  await rm(stage, { recursive: true, force: true });
  return status === 0;
}

async function concatenate(image: string, files: readonly string[]): Promise<void> {
  await makeEmpty(image);
  const handle = await open(image, "r+");
  let position = 0;
  for (const file of files) {
    const source = await open(file).catch(() => undefined);
    if (source === undefined) continue;
    const bytes = await source.readFile();
    await source.close();
    if (position + bytes.length > IMAGE_SIZE) break;
    await handle.write(bytes, 0, bytes.length, position);
    position += Math.ceil(bytes.length / 4096) * 4096;
  }
  await handle.close();
}

async function makeEmpty(image: string): Promise<void> {
  const handle = await open(image, "w");
  await handle.truncate(IMAGE_SIZE);
  await handle.close();
}
