/**
 * Encoding of an extent's object from its parts as they come: several at once, in order.
 *
 * An object that would not shrink is stored as its plain bytes, as in the reference system. For an extent of one part
 * the decision is exact. For a longer one it must be made before the end is seen: if the first part shrinks, the codec
 * is used; if not, samples from the rest of the chunk decide.
 */
import type { Codec, ObjectEncoder, PieceEncoder } from "../../codecs/codec.js";
import type { Hold, MemoryBudget } from "../memory/budget.js";
import { encoderNeed, firstPieceNeed, pieceNeed } from "../memory/plan.js";
import type { EndOf, ExtentEncoding, ExtentSummary } from "./extent-encoding.js";
import { type ProbeChunk, shrinks } from "./probe.js";
import type { EncodedPart, Extent, ExtentPart } from "./window.js";

/** A codec that encodes objects from their pieces. */
export interface PieceCoding {
  readonly codec: Codec;
  readonly encoder: PieceEncoder;
}

export interface PieceOptions {
  /** `undefined` stores plain bytes. */
  readonly coding: PieceCoding | undefined;
  readonly probe: ProbeChunk;
  readonly budget: MemoryBudget;
}

/** Encoded bytes, and the hold on the budget until they are stored. */
interface Encoded {
  readonly bytes: Uint8Array;
  readonly hold: Hold;
}

interface FirstPart {
  readonly part: ExtentPart;
  readonly encoded: Promise<Encoded>;
}

interface OpenCoding extends PieceCoding {
  readonly object: ObjectEncoder;
  /** For the encoder's state between the parts, and its end. */
  readonly hold: Promise<Hold>;
}

export class PieceEncoding implements ExtentEncoding {
  readonly extent: Extent;
  readonly #coding: OpenCoding | undefined;
  readonly #budget: MemoryBudget;
  readonly #probe: ProbeChunk;
  readonly #summary: ExtentSummary;
  /** Held back until it is known whether the extent has more parts. */
  #first: FirstPart | undefined;
  #useCodec: Promise<boolean> | undefined;
  /** Resolves when it is the latest part's turn to be encoded. */
  #turn: Promise<unknown> = Promise.resolve();
  #encodes: Promise<unknown>[] = [];

  constructor(extent: Extent, { coding, probe, budget }: PieceOptions, summary: ExtentSummary) {
    this.extent = extent;
    this.#budget = budget;
    this.#probe = probe;
    this.#summary = summary;
    if (coding === undefined) return;
    const { codec, encoder } = coding;
    const object = encoder.start(extent.length);
    this.#coding = { codec, encoder, object, hold: this.#acquire(encoderNeed(codec)) };
  }

  add(part: ExtentPart): Promise<EncodedPart>[] {
    this.#summary.update(part);
    const coding = this.#coding;
    if (coding === undefined) return [Promise.resolve(plain(part))];
    if (this.#useCodec === undefined && this.#first === undefined) {
      const encoded = this.#encodeFirst(part, coding);
      encoded.catch(() => {});
      this.#first = { part, encoded };
      return [];
    }
    return [...this.#decide(part.offset, coding), this.#encode(part, coding)];
  }

  finish(): Promise<EncodedPart>[] {
    const end = this.#summary.complete();
    if (this.#first !== undefined && this.#coding !== undefined)
      return [this.#finishSingle(this.#first, this.#coding, end)];
    return [this.#finishLong(end)];
  }

  /** The returned promise need not be awaited at once: a failure is not reported as unhandled. */
  #acquire(size: number): Promise<Hold> {
    const hold = this.#budget.acquire(size);
    hold.catch(() => {});
    return hold;
  }

  async #encodeFirst({ bytes, isZero }: ExtentPart, { codec, object }: OpenCoding): Promise<Encoded> {
    const acquired = this.#acquire(firstPieceNeed(codec, bytes.length));
    this.#turn = acquired.catch(() => {});
    const hold = await acquired;
    return { bytes: await object.encode(bytes, isZero), hold };
  }

  /** At the second part: emits the first, encoded or plain. Later calls emit nothing. */
  #decide(offset: number, { encoder, object }: OpenCoding): Promise<EncodedPart>[] {
    const first = this.#first;
    if (first === undefined) return [];
    this.#first = undefined;
    const useCodec = first.encoded.then(
      async ({ bytes }) => (await hasShrunk(encoder, first.part, bytes)) || this.#probe(offset),
    );
    this.#useCodec = useCodec;
    return [
      useCodec.then(async (use) => {
        const encoded = await first.encoded;
        if (use) return encodedFrom(first.part, encoded, object);
        object.release?.(encoded.bytes);
        return plain(first.part, encoded.hold);
      }),
    ];
  }

  #encode(part: ExtentPart, { codec, object }: OpenCoding): Promise<EncodedPart> {
    const acquired = this.#acquire(pieceNeed(codec, part.bytes.length));
    const turn = Promise.all([this.#useCodec!, acquired, this.#turn]);
    this.#turn = turn.catch(() => {});
    const encode = turn.then(async ([use, hold]) => {
      if (!use) return plain(part, hold);
      return encodedFrom(part, { bytes: await object.encode(part.bytes, part.isZero), hold }, object);
    });
    this.#encodes.push(encode);
    return encode;
  }

  async #finishSingle(first: FirstPart, coding: OpenCoding, end: EndOf): Promise<EncodedPart> {
    const { part } = first;
    const { bytes: head, hold } = await first.encoded;
    const tail = await coding.object.finish();
    (await coding.hold).release();
    const length = head.length + tail.length;
    if (length >= part.bytes.length) return { ...plain(part, hold), end: await end("none") };
    const bytes = new Uint8Array(length);
    bytes.set(head);
    bytes.set(tail, head.length);
    coding.object.release?.(head);
    return { ...encodedFrom(part, { bytes, hold }), end: await end(coding.codec.id) };
  }

  async #finishLong(end: EndOf): Promise<EncodedPart> {
    const useCodec = this.#useCodec !== undefined && (await this.#useCodec);
    await Promise.all(this.#encodes);
    const coding = this.#coding;
    const hold = await coding?.hold;
    if (!useCodec) coding?.object.abandon?.();
    const bytes = useCodec ? await coding!.object.finish() : new Uint8Array(0);
    hold?.shrinkTo(bytes.length);
    const common = { extent: this.extent, bytes, plainLength: 0, buffer: undefined, encoder: undefined };
    return { ...common, hold, end: await end(useCodec ? coding!.codec.id : "none") };
  }
}

async function hasShrunk(
  encoder: PieceEncoder,
  { bytes }: ExtentPart,
  encoded: Uint8Array,
): Promise<boolean> {
  return encoder.lags ? await shrinks(encoder, bytes) : encoded.length < bytes.length;
}

/** @param hold the hold for encoded bytes that are not used; it is released */
function plain({ extent, bytes, buffer }: ExtentPart, hold?: Hold): EncodedPart {
  hold?.release();
  return {
    extent,
    bytes,
    plainLength: bytes.length,
    buffer,
    hold: undefined,
    encoder: undefined,
    end: undefined,
  };
}

/** @param encoder reclaims the bytes later; `undefined` if they were copied into an array of their own */
function encodedFrom(part: ExtentPart, { bytes, hold }: Encoded, encoder?: ObjectEncoder): EncodedPart {
  part.buffer.release();
  hold.shrinkTo(bytes.length);
  return {
    extent: part.extent,
    bytes,
    plainLength: part.bytes.length,
    buffer: undefined,
    hold,
    encoder,
    end: undefined,
  };
}
