/** The golden vectors as the portable suite wants them, from Node's file system. */
import { readdir, readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { loadGoldenVectors } from "../fixtures/golden-vectors.js";
import type { GoldenFiles } from "../portable/golden.js";

export async function readGoldenFiles(): Promise<GoldenFiles> {
  const vectors = await loadGoldenVectors();
  const files = new Map<string, Uint8Array>();
  for (const { directory } of vectors) {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((found) => found.isFile())) {
      const path = join(entry.parentPath, entry.name);
      const name = `${basename(directory)}/${relative(directory, path)}`;
      files.set(name, new Uint8Array(await readFile(path)));
    }
  }
  return {
    vectors: vectors.map((vector) => ({ ...vector, directory: basename(vector.directory) })),
    files,
  };
}
