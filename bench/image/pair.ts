/** The two volumes of the table: one that looks like a server's, and the same with 1 % changed in scattered places. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { change } from "./changes.js";
import { makeImage } from "./ext4.js";

export interface ImagePair {
  /** Paths. */
  readonly original: string;
  readonly changed: string;
  /** Bytes of each. */
  readonly size: number;
  readonly description: string;
}

/** Files take up two thirds, as on a volume that has been in use for a while. */
const CONTENT = 0.68;

export async function makePair(directory: string, size: number): Promise<ImagePair> {
  const original = join(directory, "original.raw");
  const changed = join(directory, "changed.raw");
  const image = await makeImage(original, { size, contentSize: Math.floor(size * CONTENT) });
  await copyFile(original, changed);
  const pieces = await change(changed, { seed: 42, percent: 1 });
  return { original, changed, size, description: `${image}; 1 % changed in ${pieces} places` };
}
