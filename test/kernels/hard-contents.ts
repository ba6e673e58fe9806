/** Contents that are hard on a match finder or on codes, for the encoders among the kernels. */
import { joined, noise, prose } from "../pipeline/volume-bytes.js";

/** Words of a Zipf-like distribution, numbers, and records with counters: text and tables as volumes have them. */
export function mixedContent(length: number): Uint8Array {
  const random = new Uint32Array(noise(4 * length, 7).buffer);
  const parts: string[] = [];
  for (let size = 0, at = 0; size < length; at += 4) {
    const word = random[at + 1]!.toString(36).slice(0, 2 + (random[at]! % 5));
    const rank = Math.floor(Math.sqrt(random[at + 2]! % 250_000));
    const part =
      at % 4096 < 2048
        ? `${word}${rank} `
        : `${at.toString(16).padStart(8, "0")};${rank};item-${rank % 37}\n`;
    parts.push(part);
    size += part.length;
  }
  return new TextEncoder().encode(parts.join("").slice(0, length));
}

export const HARD_CONTENTS: readonly Uint8Array[] = [
  new Uint8Array(0),
  new Uint8Array(100_000),
  new Uint8Array(70_000).fill(0xff),
  Uint8Array.from({ length: 80_000 }, (_, index) => index),
  // Distances of exactly 32 KiB, and one more.
  joined(noise(32_768, 3), noise(32_768, 3), noise(5, 1), noise(32_769, 4), noise(32_769, 4)),
  // Fibonacci-like frequencies, which make the longest code words.
  joined(
    ...[
      1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181, 6765, 10_946, 17_711,
    ].map((count, index) => new Uint8Array(count).fill(index)),
  ),
  joined(noise(200_000), prose(200_000), noise(5000), new Uint8Array(300_000)),
  mixedContent(300_000),
];
