/** The pieces of an object, for a codec that encodes it all at once. */
import type { Encoder, WholeEncoder } from "./codec.js";

/** Copies the pieces, and encodes them at the end. */
export class GatheringEncoder implements Encoder {
  readonly #whole: Pick<WholeEncoder, "encode">;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;
  #isZero = true;

  constructor(whole: Pick<WholeEncoder, "encode">) {
    this.#whole = whole;
  }

  async encode(piece: Uint8Array, isZero: boolean): Promise<Uint8Array> {
    this.#pieces.push(new Uint8Array(piece));
    this.#length += piece.length;
    this.#isZero &&= isZero;
    return new Uint8Array(0);
  }

  finish(): Promise<Uint8Array> {
    const plain = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      plain.set(piece, at);
      at += piece.length;
    }
    return this.#whole.encode(plain, this.#isZero && this.#length > 0);
  }
}
