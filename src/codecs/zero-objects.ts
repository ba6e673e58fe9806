/** Objects of nothing but zeros, encoded once per length. On a sparse volume that is nearly all of them. */

/** More lengths than a volume's chunks have; the extents of incrementals may have more, which are not worth keeping. */
const KEPT_MAX = 64;

export class ZeroObjects {
  readonly #byLength = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();

  /** The object of `length` zeros, which `encode` makes where it is not known yet. */
  get(length: number, encode: () => Promise<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer>> {
    const known = this.#byLength.get(length);
    if (known !== undefined) return known;
    const encoded = encode();
    if (this.#byLength.size >= KEPT_MAX) return encoded;
    this.#byLength.set(length, encoded);
    // A failure is the caller's, and is not kept.
    encoded.catch(() => this.#byLength.delete(length));
    return encoded;
  }
}
