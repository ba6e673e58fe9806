/** An ext4 image with files of this machine; without `mkfs.ext4` the same files one after the other. */
import { spawnSync } from "node:child_process";
import { copyFile, mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SeededBytes } from "./seeded-bytes.js";
import { type SystemFile, systemFiles } from "./system-files.js";

/** A file has an inode, and so has a directory. */
const INODE_COUNT = 65_536;
const FILE_COUNT_MAX = 48_000;
const ALIGNMENT = 4096;
/** Fixed, because a random one would make every image another. */
const IDENTITY = "a5b1a9e0-0000-4000-8000-000000000001";

export interface ImageOptions {
  /** Bytes. */
  readonly size: number;
  /** Bytes of files in it. */
  readonly contentSize: number;
}

/** Returns what the image is, for people. */
export async function makeImage(path: string, options: ImageOptions): Promise<string> {
  const files = await chooseFiles(options.contentSize);
  const content = `${files.length.toLocaleString("en")} files of this machine`;
  const isExt4 = await makeExt4(path, files, options.size);
  if (!isExt4) await concatenate(path, files, options.size);
  await allocate(path, options.size);
  return isExt4 ? `ext4 image of ${content}` : `image of ${content}, without a file system`;
}

/** From all over the system, and not only from where its names begin with an "a". */
async function chooseFiles(contentSize: number): Promise<SystemFile[]> {
  const all: SystemFile[] = [];
  for await (const file of systemFiles()) all.push(file);
  const chosen: SystemFile[] = [];
  let sum = 0;
  for (const file of new SeededBytes(7).shuffled(all)) {
    if (sum + file.size > contentSize) continue;
    chosen.push(file);
    sum += file.size;
    if (chosen.length === FILE_COUNT_MAX) break;
  }
  return chosen;
}

/** Whether `mkfs.ext4` is here and made the image. */
async function makeExt4(image: string, files: readonly SystemFile[], size: number): Promise<boolean> {
  const mkfs = ["mkfs.ext4", "/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4"].find(
    (command) => spawnSync(command, ["-V"]).status === 0,
  );
  if (mkfs === undefined) return false;
  const stage = `${image}.stage`;
  for (const { path } of files) {
    const copy = join(stage, path);
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(path, copy).catch(() => {});
  }
  await makeEmpty(image, size);
  const identity = ["-U", IDENTITY, "-E", `hash_seed=${IDENTITY}`];
  const { status } = spawnSync(
    mkfs,
    ["-q", "-F", "-N", String(INODE_COUNT), ...identity, "-d", stage, image],
    { env: { ...process.env, E2FSPROGS_FAKE_TIME: "1767225600" } },
  );
  await rm(stage, { recursive: true, force: true });
  return status === 0;
}

async function concatenate(image: string, files: readonly SystemFile[], size: number): Promise<void> {
  await makeEmpty(image, size);
  const target = await open(image, "r+");
  try {
    let offset = 0;
    for (const { path } of files) {
      const bytes = await readFile(path).catch(() => new Uint8Array());
      if (offset + bytes.length > size) continue;
      await target.write(bytes, 0, bytes.length, offset);
      offset += Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT;
    }
  } finally {
    await target.close();
  }
}

async function makeEmpty(image: string, size: number): Promise<void> {
  const file = await open(image, "w");
  await file.truncate(size);
  await file.close();
}

/** Writes the holes out as zeros: tools that skip holes would otherwise read less than the others. */
async function allocate(image: string, size: number): Promise<void> {
  const file = await open(image, "r+");
  const piece = Buffer.alloc(1 << 20);
  try {
    for (let offset = 0; offset < size; offset += piece.length) {
      const { bytesRead } = await file.read(piece, 0, piece.length, offset);
      await file.write(piece, 0, bytesRead, offset);
    }
  } finally {
    await file.close();
  }
}
