import type { Decoder } from "../../codecs/codec.js";
import type { StageMeter } from "../run/profile.js";

/** Reports to `meter` when a decoder works: while output is requested and it has unfinished input. */
export class MeteredDecoder implements Decoder {
  readonly #decoder: Decoder;
  readonly #meter: StageMeter;
  #hasInput = false;
  #isAsked = false;
  #isBusy = false;

  constructor(decoder: Decoder, meter: StageMeter) {
    this.#decoder = decoder;
    this.#meter = meter;
  }

  async write(encoded: Uint8Array, isLast: boolean): Promise<void> {
    const { length } = encoded;
    this.#hasInput = true;
    this.#update();
    await this.#decoder.write(encoded, isLast);
    this.#meter.take(length);
    // Some decoders take all of their input at once, and decode it on request.
    this.#hasInput = isLast;
    this.#update();
  }

  async fill(window: Uint8Array): Promise<number> {
    this.#isAsked = true;
    this.#update();
    const count = await this.#decoder.fill(window);
    this.#isAsked = false;
    this.#update();
    return count;
  }

  close(): void {
    this.#isAsked = false;
    this.#update();
    this.#decoder.close();
  }

  #update(): void {
    const isBusy = this.#isAsked && this.#hasInput;
    if (isBusy === this.#isBusy) return;
    this.#isBusy = isBusy;
    if (isBusy) this.#meter.start();
    else this.#meter.end();
  }
}
