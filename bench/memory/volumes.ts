/** Volumes for `bench/memory/`: files of this machine, then nothing. Every volume is sparse where it is empty. */
import { open } from "node:fs/promises";
import { systemFiles } from "../image/system-files.js";

/** A file system's block: files begin on one. */
const ALIGNMENT = 4096;

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
    for await (const file of systemFiles()) {
      const room = at < half ? half - at : size - at;
      const bytes = (await readWhole(file.path))?.subarray(0, room);
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
