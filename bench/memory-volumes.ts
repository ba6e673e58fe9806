/** Volumes for `bench/memory`: files of this machine, then nothing. Every volume is sparse where it is empty. */
import { open, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { MIB } from "../src/units.js";

const ORIGINS: readonly string[] = ["/usr/bin", "/usr/lib", "/usr/share", dirname(process.execPath)];
/** A file system's block: files begin on one. */
const ALIGNMENT = 4096;
const FILE_SIZE_MAX: number = 32 * MIB;

/**
 * Makes a file of `size` bytes. Half of `dataSize` bytes of files are at its beginning, the other half at its end, so
 * that the last object has some too. Returns the bytes of files that there were.
 */
export async function makeVolume(path: string, size: number, dataSize: number): Promise<number> {
  const volume = await open(path, "w");
  try {
    await volume.truncate(size);
    const half = Math.floor(dataSize / 2 / ALIGNMENT) * ALIGNMENT;
    let at = 0;
    let written = 0;
    for await (const file of files()) {
      const room = at < half ? half - at : size - at;
      const bytes = (await readWhole(file))?.subarray(0, room);
      if (bytes === undefined) continue;
      await volume.write(bytes, 0, bytes.length, at);
      written += bytes.length;
      at += Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT;
      if (at >= half && at < size - half) at = size - half;
      if (at >= size) break;
    }
    return written;
  } finally {
    await volume.close();
  }
}

async function readWhole(path: string): Promise<Uint8Array | undefined> {
  const file = await open(path).catch(() => undefined);
  try {
    return await file?.readFile();
  } finally {
    await file?.close();
  }
}

async function* files(): AsyncGenerator<string> {
  for (const origin of ORIGINS) yield* filesIn(origin);
}

/** Regular files, without following links. */
async function* filesIn(directory: string): AsyncGenerator<string> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    if (!entry.isFile()) continue;
    const { size } = await stat(path);
    if (size > 0 && size <= FILE_SIZE_MAX) yield path;
  }
}
