import { BaseObjectEncoder } from "../base-encoder.js";
import type { ObjectEncoder, PieceEncoder } from "../codec.js";
import { Repeated } from "../repeated.js";

/** Compresses a piece to one whole stream; reads it until the promise settles. */
export type CompressStream = (piece: Uint8Array) => Promise<Uint8Array>;

/** Frees the memory of bytes at once, on hosts that can. */
export type Free = (bytes: Uint8Array) => void;

export class Bz2Encoder implements PieceEncoder {
  readonly kind = "pieces";
  readonly #compress: CompressStream;
  readonly #free: Free | undefined;
  /** Encoded pieces of zeros by length; on a sparse volume nearly all pieces are zero. */
  readonly #zeroPieces = new Map<number, Promise<Uint8Array>>();

  constructor(compress: CompressStream, free?: Free) {
    this.#compress = compress;
    this.#free = free;
  }

  /** One stream for each piece, as for other bytes. */
  async zeros(length: number, pieceLength: number): Promise<readonly Uint8Array[]> {
    const count = Math.floor(length / pieceLength);
    const rest = length % pieceLength;
    return [
      ...(count > 0 ? new Repeated(await this.#compress(new Uint8Array(pieceLength))).times(count) : []),
      ...(rest > 0 ? [await this.#compress(new Uint8Array(rest))] : []),
    ];
  }

  start(): ObjectEncoder {
    return new Bz2ObjectEncoder(this.#compress, this.#zeroPieces, this.#free);
  }
}

class Bz2ObjectEncoder extends BaseObjectEncoder {
  readonly #compress: CompressStream;
  readonly #zeroPieces: Map<number, Promise<Uint8Array>>;
  readonly #free: Free | undefined;
  /** Results that are not cached, and so can be freed. */
  readonly #own = new WeakSet<Uint8Array>();
  #isEmpty = true;

  constructor(
    compress: CompressStream,
    zeroPieces: Map<number, Promise<Uint8Array>>,
    free: Free | undefined,
  ) {
    super();
    this.#compress = compress;
    this.#zeroPieces = zeroPieces;
    this.#free = free;
  }

  encode(piece: Uint8Array, isZero: boolean): Promise<Uint8Array> {
    this.#isEmpty = false;
    if (!isZero) return this.#compressOwn(piece);
    const { length } = piece;
    const known = this.#zeroPieces.get(length);
    if (known !== undefined) return known;
    const encoded = this.#compress(piece);
    this.#zeroPieces.set(length, encoded);
    encoded.catch(() => this.#zeroPieces.delete(length));
    return encoded;
  }

  async finish(): Promise<Uint8Array> {
    return this.#isEmpty ? this.#compress(new Uint8Array(0)) : new Uint8Array(0);
  }

  override release(encoded: Uint8Array): void {
    if (this.#own.delete(encoded)) this.#free?.(encoded);
  }

  async #compressOwn(piece: Uint8Array): Promise<Uint8Array> {
    const encoded = await this.#compress(piece);
    this.#own.add(encoded);
    return encoded;
  }
}
