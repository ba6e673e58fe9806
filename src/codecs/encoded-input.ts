/** Handover of an object's encoded bytes from `Decoder.write` to the decoding code, one piece at a time. */

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
  /** Whether `next` has returned the current piece. */
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

  /** The offered piece that has not been taken yet. */
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

  /** Takes the current piece, which resolves its `offer`. */
  take(): void {
    const piece = this.#piece;
    this.#piece = undefined;
    this.#isGiven = false;
    piece?.taken();
  }

  /** Takes the current piece and waits for the next. Returns `undefined` after the last, which stays until `end`. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#isGiven) {
      if (this.#piece?.isLast) return undefined;
      this.take();
    }
    await this.arrival();
    this.#isGiven = true;
    return this.#piece?.bytes;
  }

  /** Marks the object as decoded: current and later offers are taken and ignored. */
  end(): void {
    this.#isOver = true;
    this.take();
  }

  /** Rejects all waiting and later calls. The first reason stays. */
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
