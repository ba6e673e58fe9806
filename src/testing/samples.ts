/** Deterministic contents of volumes, and objects that other programs encoded from one of them. */
import type { Codec } from "../codecs/codec.js";
import { joined } from "./codec-runs.js";

/** Bytes that compress well, none of them zero. */
export function textBytes(length: number): Uint8Array<ArrayBuffer> {
  const line = new TextEncoder().encode("a volume is a row of blocks, and a block is a row of bytes\n");
  return Uint8Array.from({ length }, (_, i) => line[(i + Math.floor(i / 5000)) % line.length]!);
}

/** Bytes that do not compress: the upper bytes of a linear congruential generator. */
export function noiseBytes(length: number): Uint8Array<ArrayBuffer> {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

/** Typical contents of volumes. */
export const CONTENTS: readonly Uint8Array[] = [
  Uint8Array.of(7),
  textBytes(70_000),
  noiseBytes(70_000),
  new Uint8Array(200_000),
  joined(textBytes(150_000), noiseBytes(50_000), new Uint8Array(70_000)),
];

/** The plain bytes of `FOREIGN_OBJECTS`. */
export const FOREIGN_PLAIN: Uint8Array = joined(
  new TextEncoder().encode("Blocks of a volume, and again blocks of a volume. ".repeat(8)),
  new Uint8Array(300),
);

/** `FOREIGN_PLAIN` encoded by Python's `zlib` and `bz2` and by `zstd --no-check` at their usual levels, in base64. */
export const FOREIGN_OBJECTS: Readonly<Record<Codec["id"], string>> = {
  zlib: "eJxzyslPzi5WyE9TSFQoy88pzU3VUUjMS1FITE/MzFNIwpDVU3Aa1UFDHQyjgGgAAFPmiik=",
  bz2: "QlpoOTFBWSZTWaqWqV0AADhVgMAAQCUQAD+viwAACCAAcFABiNNNGgVUENDQBppeUkMRsFRQeCwVCnAaQhWIhyIhYMxYJBmHYdDsYB8HoyHwahcLhMJh1+LuSKcKEhVS1Sug",
  zstd: "KLUv/QBYpQEANAJCbG9ja3Mgb2YgYSB2b2x1bWUsIGFuZCBhZ2FpbiBiLiBCAAQAKDhVkqpSwc15HGblBA==",
};
