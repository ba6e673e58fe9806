/**
 * The DEFLATE kernel on pieces of this machine's own files, at random levels, with and without dictionaries: each comes
 * back. `ASHLAR_TEST_DEFLATE_SECONDS` says how long; the long suite takes 20 minutes.
 */
import { accessSync, constants, opendirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import test from "ava";
import { Deflater } from "../../src/kernels/deflate.js";
import { KIB, MIB } from "../../src/units.js";

const SECONDS = Number(process.env.ASHLAR_TEST_DEFLATE_SECONDS ?? 1);
const FOLDERS = ["/usr/lib", "/usr/share", "/usr/bin"];
const FILES_MAX = 20_000;
const FILE_SIZE_MAX = 256 * KIB;
const PAGE_SIZE = 4 * KIB;
const DICTIONARY_SIZE = 32 * KIB;
const LAST_BLOCK = Uint8Array.of(0x03, 0x00);

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

function someFiles(): string[] {
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

const below = (limit: number): number => Math.floor(Math.random() * limit);

/** Files one after the other, each from a page's start, as they lie in a volume. */
function volumePart(files: readonly string[], size: number): Uint8Array {
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

test("pieces of files come back", async (t) => {
  t.timeout((SECONDS + 60) * 1000);
  const deflater = await Deflater.load();
  const files = someFiles();
  const end = Date.now() + SECONDS * 1000;
  let [count, plainSize, encodedSize] = [0, 0, 0];
  while (Date.now() < end) {
    const bytes = volumePart(files, DICTIONARY_SIZE + [MIB, 1 + below(MIB)][count % 2]!);
    const dictionary = bytes.subarray(
      DICTIONARY_SIZE - [DICTIONARY_SIZE, 0, below(DICTIONARY_SIZE)][count % 3]!,
      DICTIONARY_SIZE,
    );
    const piece = bytes.subarray(DICTIONARY_SIZE);
    const level = 1 + below(9);
    const encoded = deflater.deflate(piece, level, dictionary);
    const options = dictionary.length === 0 ? {} : { dictionary };
    const decoded = inflateRawSync(Buffer.concat([encoded, LAST_BLOCK]), options);
    if (Buffer.compare(decoded, piece) !== 0)
      t.fail(`level ${level}, ${piece.length} bytes behind ${dictionary.length}`);
    count++;
    plainSize += piece.length;
    encodedSize += encoded.length;
  }
  t.log(
    `${count} pieces of ${files.length} files, ${(plainSize / MIB).toFixed(0)} MiB, to ${((100 * encodedSize) / plainSize).toFixed(1)} %`,
  );
  t.true(count > 0);
});
