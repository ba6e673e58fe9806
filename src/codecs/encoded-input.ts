/** The encoded bytes of one object, on their way from `Decoder.write` to whatever decodes them: one piece at a time. */

/** Encoded bytes that are being decoded. */
export interface EncodedPiece {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

interface OfferedPiece extends EncodedPiece {
  taken(): void;
  refused(reason: unknown): void;
}

export class EncodedInput {
  #piece: OfferedPiece | undefined;
  /** Whether `next` has returned the present piece. */
  #isGiven = false;
  #isOver = false;
  #failure: { readonly reason: unknown } | undefined;
  #wake = (): void => {};

  /** Resolves when the piece has been taken. @throws the reason of `fail` */
  async offer(bytes: Uint8Array, isLast: boolean): Promise<void> {
    this.throwIfFailed();
    if (this.#isOver) return;
    await new Promise<void>((taken, refused) => {
      this.#piece = { bytes, isLast, taken, refused };
      this.#wake();
    });
  }

  /** The piece that was offered and has not been taken. */
  get piece(): EncodedPiece | undefined {
    return this.#piece;
  }

  /** Resolves when there is a piece. @throws the reason of `fail` */
  async arrival(): Promise<void> {
    while (this.#piece === undefined) {
      this.throwIfFailed();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends the offer of the present piece. */
  take(): void {
    const piece = this.#piece;
    this.#piece = undefined;
    this.#isGiven = false;
    piece?.taken();
  }

  /** Takes the present piece and waits for the next; `undefined` after the last one, which stays until `end`. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#isGiven) {
      if (this.#piece?.isLast) return undefined;
      this.take();
    }
    await this.arrival();
    this.#isGiven = true;
    return this.#piece?.bytes;
  }

  /** The object has come to its end: what is offered is taken, and ignored. */
  end(): void {
    this.#isOver = true;
    this.take();
  }

  /** Rejects every call that waits, and those to come. The first reason stays. */
  fail(reason: unknown): void {
    this.#failure ??= { reason };
    const piece = this.#piece;
    this.#piece = undefined;
    piece?.refused(this.#failure.reason);
    this.#wake();
  }

  /** @throws the reason of `fail` */
  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }
}
