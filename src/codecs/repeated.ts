/** An array of bytes that is repeated many times, in few arrays: encoded zeros are. */
import { KIB } from "../units.js";

/** Bytes of a longer array that repeats a short one. */
const JOINED_SIZE: number = 64 * KIB;

export class Repeated {
  readonly #length: number;
  /** As many copies as fit, at least one. */
  readonly #joined: Uint8Array<ArrayBuffer>;
  readonly #perJoined: number;

  constructor(bytes: Uint8Array) {
    this.#length = bytes.length;
    this.#perJoined = Math.max(1, Math.floor(JOINED_SIZE / bytes.length));
    this.#joined = new Uint8Array(this.#perJoined * bytes.length);
    for (let at = 0; at < this.#joined.length; at += bytes.length) this.#joined.set(bytes, at);
  }

  /** Arrays that together are `count` copies; nobody may change them. */
  times(count: number): Uint8Array<ArrayBuffer>[] {
    const arrays: Uint8Array<ArrayBuffer>[] = [];
    for (let left = count; left > 0; left -= this.#perJoined)
      arrays.push(this.#joined.subarray(0, Math.min(left, this.#perJoined) * this.#length));
    return arrays;
  }
}
