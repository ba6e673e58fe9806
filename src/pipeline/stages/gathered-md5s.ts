/**
 * MD5s of gathered objects, a few at once: four together take as long as two in sequence. So each waits for others,
 * until the caller marks the last one.
 */
import type { Compute } from "../run/compute.js";

interface Waiting {
  readonly content: Uint8Array;
  resolve(md5s: Promise<string>): void;
}

export class GatheredMd5s {
  readonly #compute: Pick<Compute, "md5sOf">;
  readonly #atOnce: number;
  #waiting: Waiting[] = [];
  /** Contents since the last flush; zeros count too, so that the first content waits for at most `atOnce` calls. */
  #asked = 0;
  /** MD5s of zeros, by length in bytes. */
  readonly #zeros = new Map<number, Promise<string>>();

  /** @param atOnce how many contents are hashed together; the caller must be able to hold as many at the same time */
  constructor(compute: Pick<Compute, "md5sOf">, atOnce: number) {
    this.#compute = compute;
    this.#atOnce = atOnce;
  }

  /** 32 lower-case hexadecimal digits; `content` is read until the promise settles. */
  of(content: Uint8Array, isZero: boolean): Promise<string> {
    const md5 = isZero ? this.#ofZeros(content) : this.#add(content);
    if (++this.#asked >= this.#atOnce) this.flush();
    return md5;
  }

  /** Starts the waiting MD5s without further contents. */
  flush(): void {
    this.#asked = 0;
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    const md5s = this.#compute.md5sOf(waiting.map(({ content }) => content));
    for (const [index, { resolve }] of waiting.entries()) resolve(md5s.then((all) => all[index]!));
  }

  /** Starts immediately, and only once for each length. */
  #ofZeros(zeros: Uint8Array): Promise<string> {
    const known = this.#zeros.get(zeros.length) ?? this.#compute.md5sOf([zeros]).then(([md5]) => md5!);
    this.#zeros.set(zeros.length, known);
    return known;
  }

  #add(content: Uint8Array): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting.push({ content, resolve });
    });
  }
}
