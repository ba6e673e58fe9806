/**
 * Encoding of an extent's object from all of its bytes at once, for a codec that must know their number first.
 *
 * The bytes are copied into a buffer with room for the largest object, so the windows return to their pool at once.
 * An object that does not shrink is stored as its plain bytes, out of that buffer. For a long object, samples decide
 * whether it is encoded at all.
 */
import type { Codec, WholeEncoder } from "../../codecs/codec.js";
import { KIB, MIB } from "../../units.js";
import type { Hold, MemoryBudget } from "../memory/budget.js";
import { pieceNeed } from "../memory/encoding-memory.js";
import type { PooledBuffer } from "../memory/pool.js";
import type { StageMeter } from "../run/profile.js";
import type { ExtentEncoding } from "./extent-encoding.js";
import type { GatheredMd5s } from "./gathered-md5s.js";
import type { EncodedPiece, Extent, ExtentEnd, ExtentPiece } from "./window.js";

/** Shorter objects are encoded without sampling: the samples would be a large part of them. */
const SAMPLED_FROM: number = MIB;
const SAMPLE_SIZE: number = 4 * KIB;
/** Together the samples are less than a hundredth of the objects that zstd gets here. */
const SAMPLE_COUNT = 16;

export interface GatherOptions {
  readonly codec: Codec;
  readonly encoder: WholeEncoder;
  /** A buffer with one lease, which this encoding takes over. */
  readonly buffer: PooledBuffer;
  readonly budget: MemoryBudget;
  readonly md5s: GatheredMd5s;
  readonly meter?: StageMeter | undefined;
}

export class WholeEncoding implements ExtentEncoding {
  readonly extent: Extent;
  readonly #options: GatherOptions;
  #length = 0;
  #isZero = true;

  constructor(extent: Extent, options: GatherOptions) {
    this.extent = extent;
    this.#options = options;
  }

  add(piece: ExtentPiece): Promise<EncodedPiece>[] {
    const { buffer } = this.#options;
    this.#isZero &&= piece.isZero;
    if (this.#isZero) buffer.fillZeros(this.#length + piece.bytes.length);
    else {
      buffer.overwrite(this.#length);
      buffer.bytes.set(piece.bytes, this.#length);
    }
    this.#length += piece.bytes.length;
    piece.buffer.release();
    return [];
  }

  finish(): Promise<EncodedPiece>[] {
    const { codec, budget } = this.#options;
    return [this.#finish(budget.acquire(pieceNeed(codec, this.#length)))];
  }

  async #finish(acquired: Promise<Hold>): Promise<EncodedPiece> {
    const { codec, encoder, buffer, md5s, meter } = this.#options;
    const plain = buffer.bytes.subarray(0, this.#length);
    const { length } = plain;
    const md5 = md5s.of(plain, this.#isZero);
    // Awaited at the object's end; a failed encoding may come before.
    md5.catch(() => {});
    const hold = await acquired;
    meter?.start();
    const encoded = await this.#encode(plain).finally(() => meter?.end());
    hold.shrinkTo(encoded?.length ?? 0);
    const summary = { length, contentMd5: await md5 };
    const common = { extent: this.extent, plainLength: length };
    if (encoded === undefined) {
      const end: ExtentEnd = { ...summary, compression: "none" };
      return { ...common, bytes: plain, buffer, hold: undefined, encoder: undefined, end };
    }
    buffer.release();
    const end: ExtentEnd = { ...summary, compression: codec.id };
    return { ...common, bytes: encoded, buffer: undefined, hold, encoder, end };
  }

  /** `undefined` if the bytes would not shrink. */
  async #encode(plain: Uint8Array): Promise<Uint8Array | undefined> {
    const { encoder } = this.#options;
    const isTried = this.#isZero || plain.length < SAMPLED_FROM || (await shrinks(encoder, samplesOf(plain)));
    if (!isTried) return undefined;
    const encoded = await encoder.encode(plain, this.#isZero);
    if (encoded.length < plain.length) return encoded;
    encoder.release(encoded);
    return undefined;
  }
}

async function shrinks(encoder: WholeEncoder, sample: Uint8Array): Promise<boolean> {
  const encoded = await encoder.encode(sample, false);
  encoder.release(encoded);
  return encoded.length < sample.length;
}

/** Evenly spaced samples of `plain`, including its beginning and its end. */
function samplesOf(plain: Uint8Array): Uint8Array {
  const samples = new Uint8Array(SAMPLE_COUNT * SAMPLE_SIZE);
  const step = (plain.length - SAMPLE_SIZE) / (SAMPLE_COUNT - 1);
  for (let i = 0; i < SAMPLE_COUNT; i++) {
    const from = Math.floor(i * step);
    samples.set(plain.subarray(from, from + SAMPLE_SIZE), i * SAMPLE_SIZE);
  }
  return samples;
}
