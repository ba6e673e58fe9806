/**
 * A volume made for a benchmark: runs of zeros, of text, and of bytes that do not compress, in shares that the caller
 * chooses. The same shape and seed give the same bytes on every machine.
 */
import type { VolumeTarget } from "../sources/volume.js";
import { KIB, MIB } from "../units.js";
import { mixed, Random } from "./random.js";

/** Shares are numbers from 0 to 1. */
export interface VolumeShape {
  /** Bytes. */
  readonly size: number;
  /** Share of the volume that is zero. */
  readonly zeroShare: number;
  /** Share of the rest that is text; what remains does not compress. */
  readonly textShare: number;
  readonly seed: number;
}

/** Bytes of one kind that follow each other. */
const RUN_SIZE: number = 64 * KIB;
const WRITE_SIZE: number = MIB;
const WORD_COUNT = 1024;

/** Writes the volume, all but the zeros, to a target of zeros. @throws any error of the target, or the signal's reason */
export async function writeSyntheticVolume(
  target: VolumeTarget,
  shape: VolumeShape,
  signal: AbortSignal,
): Promise<void> {
  const buffer = new Uint8Array(WRITE_SIZE);
  const words = wordsOf(shape.seed);
  for (let offset = 0; offset < shape.size; offset += WRITE_SIZE) {
    signal.throwIfAborted();
    const bytes = buffer.subarray(0, Math.min(WRITE_SIZE, shape.size - offset));
    let isZero = true;
    for (let at = 0; at < bytes.length; at += RUN_SIZE) {
      if (fillRun(bytes.subarray(at, at + RUN_SIZE), (offset + at) / RUN_SIZE, shape, words)) isZero = false;
    }
    if (!isZero) await target.write(bytes, offset);
  }
  await target.sync();
}

/** Returns whether the run has other bytes than zeros. */
function fillRun(
  bytes: Uint8Array,
  index: number,
  shape: VolumeShape,
  words: readonly Uint8Array[],
): boolean {
  const kind = mixed(shape.seed, index);
  if (kind < shape.zeroShare) {
    bytes.fill(0);
    return false;
  }
  const random = new Random(shape.seed * 31 + index);
  const isText = mixed(shape.seed + 1, index) < shape.textShare;
  if (isText) fillText(bytes, words, random);
  else random.fill(bytes);
  return true;
}

/** Words in random order, a few of them most of the time, as in a language. */
function fillText(bytes: Uint8Array, words: readonly Uint8Array[], random: Random): void {
  for (let at = 0; at < bytes.length; ) {
    const rank = Math.floor(random.next() * random.next() * random.next() * words.length);
    const word = words[rank]!.subarray(0, bytes.length - at);
    bytes.set(word, at);
    at += word.length;
  }
}

function wordsOf(seed: number): Uint8Array[] {
  const random = new Random(seed);
  return Array.from({ length: WORD_COUNT }, () => {
    const length = 2 + Math.floor(random.next() * 9);
    const letters = Array.from({ length }, () => 97 + Math.floor(random.next() * 26));
    return Uint8Array.from([...letters, 32]);
  });
}
