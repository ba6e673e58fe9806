/** Cache of encoded objects of zeros, by length. On a sparse volume that is nearly all objects. */

/** More lengths than a volume's chunks have. Extents of incrementals may have more, which are not worth caching. */
const KEPT_MAX = 64;

export class ZeroObjects {
  readonly #byLength = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();

  /** The object of `length` zeros; `encode` makes it if it is not cached. */
  get(length: number, encode: () => Promise<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer>> {
    const known = this.#byLength.get(length);
    if (known !== undefined) return known;
    const encoded = encode();
    if (this.#byLength.size >= KEPT_MAX) return encoded;
    this.#byLength.set(length, encoded);
    // A failure reaches the caller, and is not cached.
    encoded.catch(() => this.#byLength.delete(length));
    return encoded;
  }
}
