/**
 * An extent's object from all of its bytes at once, for a codec that has to know their number first.
 *
 * They are copied into a buffer that is as large as an object may be, so the windows go back to their pool at once.
 * An object that does not shrink is stored as its plain bytes, out of that buffer. In a long one samples decide
 * whether shrinking it is tried at all.
 */
import type { Codec, WholeEncoder } from "../codecs/codec.js";
import { KIB, MIB } from "../units.js";
import type { Hold, MemoryBudget } from "./budget.js";
import type { ExtentEncoding, ExtentSummary } from "./extent-encoding.js";
import { pieceNeed } from "./memory.js";
import type { PooledBuffer } from "./pool.js";
import type { EncodedPart, Extent, ExtentPart } from "./window.js";

/** Shorter objects are tried as a whole: the samples would be a good part of them. */
const SAMPLED_FROM: number = MIB;
const SAMPLE_SIZE: number = 4 * KIB;
/** Together they are less than a hundredth of the objects that zstd is given here. */
const SAMPLE_COUNT = 16;

export interface GatherOptions {
  readonly codec: Codec;
  readonly whole: WholeEncoder;
  /** With one lease, which this encoding takes. */
  readonly buffer: PooledBuffer;
  readonly budget: MemoryBudget;
}

export class WholeEncoding implements ExtentEncoding {
  readonly extent: Extent;
  readonly #options: GatherOptions;
  readonly #summary: ExtentSummary;
  #isZero = true;

  constructor(extent: Extent, options: GatherOptions, summary: ExtentSummary) {
    this.extent = extent;
    this.#options = options;
    this.#summary = summary;
  }

  add(part: ExtentPart): Promise<EncodedPart>[] {
    this.#options.buffer.bytes.set(part.bytes, this.#summary.length);
    this.#summary.update(part);
    this.#isZero &&= part.isZero;
    part.buffer.release();
    return [];
  }

  finish(): Promise<EncodedPart>[] {
    const { codec, budget } = this.#options;
    return [this.#finish(budget.acquire(pieceNeed(codec, this.#summary.length)))];
  }

  async #finish(acquired: Promise<Hold>): Promise<EncodedPart> {
    const { codec, whole, buffer } = this.#options;
    const plain = buffer.bytes.subarray(0, this.#summary.length);
    const end = this.#summary.complete();
    const common = { extent: this.extent, plainLength: plain.length };
    const hold = await acquired;
    const encoded = await this.#encode(plain);
    if (encoded === undefined) {
      hold.release();
      const rest = { buffer, hold: undefined, encoder: undefined, end: await end("none") };
      return { ...common, bytes: plain, ...rest };
    }
    buffer.release();
    hold.shrinkTo(encoded.length);
    return { ...common, bytes: encoded, buffer: undefined, hold, encoder: whole, end: await end(codec.id) };
  }

  /** `undefined` where nothing is gained. */
  async #encode(plain: Uint8Array): Promise<Uint8Array | undefined> {
    const { whole } = this.#options;
    const isTried = this.#isZero || plain.length < SAMPLED_FROM || (await shrinks(whole, samplesOf(plain)));
    if (!isTried) return undefined;
    const encoded = await whole.encode(plain, this.#isZero);
    if (encoded.length < plain.length) return encoded;
    whole.release?.(encoded);
    return undefined;
  }
}

async function shrinks(whole: WholeEncoder, sample: Uint8Array): Promise<boolean> {
  const encoded = await whole.encode(sample, false);
  whole.release?.(encoded);
  return encoded.length < sample.length;
}

/** Samples from all over `plain`, its beginning and its end among them. */
function samplesOf(plain: Uint8Array): Uint8Array {
  const samples = new Uint8Array(SAMPLE_COUNT * SAMPLE_SIZE);
  const step = (plain.length - SAMPLE_SIZE) / (SAMPLE_COUNT - 1);
  for (let i = 0; i < SAMPLE_COUNT; i++) {
    const from = Math.floor(i * step);
    samples.set(plain.subarray(from, from + SAMPLE_SIZE), i * SAMPLE_SIZE);
  }
  return samples;
}
