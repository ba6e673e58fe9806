/** Changes a part of an image in scattered places, the same places with the same bytes for the same seed. */
import { open } from "node:fs/promises";
import { KIB } from "../../src/units.js";
import { SeededBytes } from "./seeded-bytes.js";

export const PIECE_SIZE: number = 64 * KIB;
/** A file system's block: changes begin on one, and so mostly not on a block of a backup. */
const ALIGNMENT: number = 4 * KIB;

export interface Changes {
  readonly seed: number;
  /** Of the image, from 0 to 100. */
  readonly percent: number;
}

/**
 * Where pieces go: the image is divided into as many spans as there are pieces, and each span has its piece anywhere
 * within, so that no two overlap and any percentage can be had exactly.
 */
export function placesOf(imageSize: number, { seed, percent }: Changes): number[] {
  const count = Math.round((imageSize * percent) / 100 / PIECE_SIZE);
  const random = new SeededBytes(seed);
  return Array.from({ length: count }, (_, index) => {
    const from = Math.ceil((index * imageSize) / count / ALIGNMENT);
    const end = Math.floor((((index + 1) * imageSize) / count - PIECE_SIZE) / ALIGNMENT);
    return (from + random.below(Math.max(1, end - from + 1))) * ALIGNMENT;
  });
}

/** Every second piece is random bytes, the others are lines of text. Returns how many there are. */
export async function change(image: string, changes: Changes): Promise<number> {
  const file = await open(image, "r+");
  try {
    const places = placesOf((await file.stat()).size, changes);
    const random = new SeededBytes(changes.seed + 0.5);
    for (const [index, offset] of places.entries()) {
      const piece = index % 2 === 0 ? random.bytes(PIECE_SIZE) : textPiece(changes.seed, index);
      await file.write(piece, 0, PIECE_SIZE, offset);
    }
    return places.length;
  } finally {
    await file.close();
  }
}

function textPiece(seed: number, index: number): Uint8Array {
  const line = `entry ${index} of the journal that run ${seed} has written\n`;
  return Buffer.from(line.repeat(Math.ceil(PIECE_SIZE / line.length))).subarray(0, PIECE_SIZE);
}
