/** What every pairing of Ashlar and Cinder is tried with: options, one volume's history, places to restore into. */

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { type VolumeRecipe, volumesOf } from "../fixtures/volume-recipe.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";

export interface Combination {
  readonly title: string;
  readonly compression: string;
  readonly blockSize: number;
  readonly objectSize: number;
}

/** An object for every two blocks, one that does not divide the volume, and one that is larger than the volume. */
const OBJECT_SIZES: readonly ((blockSize: number) => number)[] = [
  (blockSize) => 2 * blockSize,
  (blockSize) => 7 * blockSize,
  () => 1048576,
];

const ALL = ["none", "zlib", "bz2", "zstd"].flatMap((compression, codec) =>
  [4096, 32768].flatMap((blockSize, block) =>
    OBJECT_SIZES.map((sizeOf, object) => {
      const objectSize = sizeOf(blockSize);
      const title = `${compression}, blocks of ${blockSize}, objects of ${objectSize}`;
      return { title, compression, blockSize, objectSize, parity: (codec + block + object) % 2 };
    }),
  ),
);

/** Every pair of values of two options is in half of the combinations; `npm run test:long` takes all. */
export const COMBINATIONS: readonly Combination[] = ALL.filter(
  ({ parity }) => parity === 0 || process.env.ASHLAR_TEST_COMBINATIONS === "all",
);

/** Index in `historyOf` of the first point at which data has become zeros. */
export const ZEROING_POINT = 2;

/**
 * A full backup and three incrementals: scattered changes, over object boundaries, within zeros and in the short
 * last block; data that becomes zeros, in whole blocks and in a part of one; and no change at all.
 */
export function historyOf(blockSize: number): Uint8Array<ArrayBuffer>[] {
  return volumesOf(recipeOf(blockSize));
}

function recipeOf(blockSize: number): VolumeRecipe {
  const size = 12 * blockSize + 1027;
  const at = (block: number, length: number) => ({ offset: block * blockSize, length: length * blockSize });
  return {
    size,
    history: [
      [
        { fill: "text", offset: 0, length: size, seed: 1 },
        { fill: "random", seed: 2, ...at(1, 2.5) },
        { fill: "zero", seed: 3, ...at(6, 3) },
      ],
      [
        { fill: "random", seed: 4, ...at(0.5, 0.25) },
        { fill: "text", seed: 5, ...at(5.5, 2) },
        { fill: "random", seed: 6, offset: size - 500, length: 500 },
      ],
      [
        { fill: "zero", seed: 7, ...at(1, 2) },
        { fill: "zero", seed: 8, ...at(4.25, 0.5) },
        { fill: "zero", seed: 9, offset: 10 * blockSize, length: size - 10 * blockSize },
      ],
      [],
    ],
  };
}

/** A directory of the test's own, gone after the test. */
export async function makeWorkspace(t: ExecutionContext): Promise<Workspace> {
  const directory = await temporaryDirectory(t);
  const workspace = new Workspace(directory);
  await mkdir(workspace.repository);
  return workspace;
}

export class Workspace {
  readonly directory: string;
  readonly repository: string;
  /** The volume that is backed up. */
  readonly source: string;
  #targets = 0;

  constructor(directory: string) {
    this.directory = directory;
    this.repository = join(directory, "repository");
    this.source = join(directory, "source.raw");
  }

  /** A path below the workspace at which nothing is yet. */
  path(name: string): string {
    return join(this.directory, name);
  }

  /** Names of what is stored in a container, sorted. */
  async storedIn(container: string): Promise<string[]> {
    return (await readdir(join(this.repository, container))).sort();
  }

  newTarget(): string {
    this.#targets += 1;
    return this.path(`target-${this.#targets}.raw`);
  }

  /** A target of `size` bytes in which no byte is right by chance: each differs from zero and from the text. */
  async dirtyTarget(size: number): Promise<string> {
    const target = this.newTarget();
    await writeFile(target, new Uint8Array(size).fill(0xd7));
    return target;
  }
}

/** Fails unless the file has exactly these bytes; says where the first difference is, not what both are. */
export async function sameBytes(
  t: ExecutionContext,
  file: string,
  expected: Uint8Array,
  what: string,
): Promise<void> {
  const actual = await readFile(file);
  t.is(actual.length, expected.length, `${what}: size`);
  const wrong = expected.findIndex((byte, position) => byte !== actual[position]);
  t.is(wrong, -1, `${what}: first wrong byte`);
}
