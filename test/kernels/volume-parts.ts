/** Pieces of this machine's own files, as they lie in a volume, for tests of encoders. */
import { accessSync, constants, opendirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KIB } from "../../src/units.js";

const FOLDERS = ["/usr/lib", "/usr/share", "/usr/bin"];
const FILES_MAX = 20_000;
const FILE_SIZE_MAX = 256 * KIB;
const PAGE_SIZE = 4 * KIB;

/** Those that this user may read. */
function* filesIn(folder: string): Generator<string> {
  if (!mayRead(folder)) return;
  const directory = opendirSync(folder);
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) yield* filesIn(path);
      else if (entry.isFile() && mayRead(path)) yield path;
    }
  } finally {
    directory.closeSync();
  }
}

function mayRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

export function someFiles(): string[] {
  const files: string[] = [];
  for (const folder of FOLDERS) {
    let left = Math.floor(FILES_MAX / FOLDERS.length);
    for (const path of filesIn(folder)) {
      files.push(path);
      if (--left === 0) break;
    }
  }
  return files;
}

/** A random whole number from 0 up to `limit`, exclusive. */
export const below = (limit: number): number => Math.floor(Math.random() * limit);

/** Files one after the other, each from a page's start, as they lie in a volume. */
export function volumePart(files: readonly string[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; ) {
    const content = readFileSync(files[below(files.length)]!);
    const from = below(Math.max(1, content.length - FILE_SIZE_MAX));
    const piece = content.subarray(from, from + Math.min(FILE_SIZE_MAX, size - at));
    bytes.set(piece, at);
    at += Math.ceil(Math.max(1, piece.length) / PAGE_SIZE) * PAGE_SIZE;
  }
  return bytes;
}
