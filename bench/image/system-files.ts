/** Files of this machine, as what volumes of benchmarks are filled with: programs, libraries, texts. */
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { MIB } from "../../src/units.js";

const ORIGINS: readonly string[] = ["/usr/bin", "/usr/lib", "/usr/share", dirname(process.execPath)];
const FILE_SIZE_MAX: number = 32 * MIB;

export interface SystemFile {
  readonly path: string;
  /** Bytes; at least one. */
  readonly size: number;
}

/** In the order of their names, so that the same machine gives the same files. */
export async function* systemFiles(): AsyncGenerator<SystemFile> {
  for (const origin of ORIGINS) yield* filesIn(origin);
}

/** Regular files, without following links. */
async function* filesIn(directory: string): AsyncGenerator<SystemFile> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    if (!entry.isFile()) continue;
    const { size } = await stat(path);
    if (size > 0 && size <= FILE_SIZE_MAX) yield { path, size };
  }
}
