/**
 * Objects of holes: their stored bytes are encoded without zeros (`EncodeZeros`), and the MD5s of all holes of a run
 * come from one pass over the longest.
 */
import type { CodecId, EncodeZeros } from "../../codecs/codec.js";
import type { Compute } from "../run/compute.js";
import type { EncodedPiece, HoleExtent } from "./window.js";

export interface HoleCoding {
  readonly id: CodecId;
  readonly zeros: EncodeZeros;
}

export class HoleEncoder {
  readonly #coding: HoleCoding;
  readonly #windowSize: number;
  readonly #md5s: Promise<ReadonlyMap<number, string>>;

  /** @param lengths those of all holes */
  constructor(
    coding: HoleCoding,
    {
      compute,
      lengths,
      windowSize,
    }: {
      readonly compute: Pick<Compute, "zeroMd5s">;
      readonly lengths: readonly number[];
      readonly windowSize: number;
    },
  ) {
    this.#coding = coding;
    this.#windowSize = windowSize;
    this.#md5s = compute
      .zeroMd5s(lengths)
      .then((md5s) => new Map(lengths.map((length, index) => [length, md5s[index]!])));
    // Awaited with the first hole.
    this.#md5s.catch(() => {});
  }

  /** The pieces of the hole's object, of which the last waits for the MD5. */
  async encode(extent: HoleExtent): Promise<Promise<EncodedPiece>[]> {
    const { zeros } = this.#coding;
    const { length } = extent;
    const arrays = await zeros(length, this.#windowSize);
    const common = { extent, plainLength: 0, buffer: undefined, hold: undefined, encoder: undefined };
    const pieces = arrays.slice(0, -1).map(async (bytes) => ({ ...common, bytes, end: undefined }));
    return [...pieces, this.#last({ ...common, bytes: arrays.at(-1)!, plainLength: length }, length)];
  }

  async #last(piece: Omit<EncodedPiece, "end">, length: number): Promise<EncodedPiece> {
    const contentMd5 = (await this.#md5s).get(length)!;
    return { ...piece, end: { length, contentMd5, compression: this.#coding.id } };
  }
}

/** Encodes zeros as themselves. */
export const plainZeros: EncodeZeros = async (length, pieceLength) => {
  const zeros = new Uint8Array(Math.min(length, pieceLength));
  const count = Math.ceil(length / zeros.length);
  return Array.from({ length: count }, (_, index) => zeros.subarray(0, length - index * zeros.length));
};
