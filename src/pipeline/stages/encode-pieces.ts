/**
 * Encoding of an extent's object from its pieces as they come: several at once, in order.
 *
 * An object that would not shrink is stored as its plain bytes, as in the reference system. For an extent of one piece
 * the decision is exact. For a longer one it must be made before the end is seen: if the first piece shrinks, the codec
 * is used; if not, samples from the rest of the chunk decide.
 */
import type { Codec, ObjectEncoder, PieceEncoder } from "../../codecs/codec.js";
import type { Hold, MemoryBudget } from "../memory/budget.js";
import { encoderNeed, firstPieceNeed, pieceNeed } from "../memory/encoding-memory.js";
import type { EndOf, ExtentEncoding, ExtentSummary } from "./extent-encoding.js";
import { type ProbeChunk, shrinks } from "./probe.js";
import type { EncodedPiece, Extent, ExtentPiece } from "./window.js";

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

interface FirstPiece {
  readonly piece: ExtentPiece;
  readonly encoded: Promise<Encoded>;
}

interface OpenCoding extends PieceCoding {
  readonly object: ObjectEncoder;
  /** For the encoder's state between the pieces, and its end. */
  readonly hold: Promise<Hold>;
}

export class PieceEncoding implements ExtentEncoding {
  readonly extent: Extent;
  readonly #coding: OpenCoding | undefined;
  readonly #budget: MemoryBudget;
  readonly #probe: ProbeChunk;
  readonly #summary: ExtentSummary;
  /** Held back until it is known whether the extent has more pieces. */
  #first: FirstPiece | undefined;
  #useCodec: Promise<boolean> | undefined;
  /** Resolves when it is the latest piece's turn to be encoded. */
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

  add(piece: ExtentPiece): Promise<EncodedPiece>[] {
    this.#summary.update(piece);
    const coding = this.#coding;
    if (coding === undefined) return [Promise.resolve(plain(piece))];
    if (this.#useCodec === undefined && this.#first === undefined) {
      const encoded = this.#encodeFirst(piece, coding);
      encoded.catch(() => {});
      this.#first = { piece, encoded };
      return [];
    }
    return [...this.#decide(piece.offset, coding), this.#encode(piece, coding)];
  }

  finish(): Promise<EncodedPiece>[] {
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

  async #encodeFirst({ bytes, isZero }: ExtentPiece, { codec, object }: OpenCoding): Promise<Encoded> {
    const acquired = this.#acquire(firstPieceNeed(codec, bytes.length));
    this.#turn = acquired.catch(() => {});
    const hold = await acquired;
    return { bytes: await object.encode(bytes, isZero), hold };
  }

  /** At the second piece: emits the first, encoded or plain. Later calls emit nothing. */
  #decide(offset: number, { encoder, object }: OpenCoding): Promise<EncodedPiece>[] {
    const first = this.#first;
    if (first === undefined) return [];
    this.#first = undefined;
    const { extent } = this;
    const end = extent.length === undefined ? undefined : extent.offset + extent.length;
    const useCodec = first.encoded.then(
      async ({ bytes }) => (await hasShrunk(encoder, first.piece, bytes)) || this.#probe(offset, end),
    );
    this.#useCodec = useCodec;
    return [
      useCodec.then(async (use) => {
        const encoded = await first.encoded;
        if (use) return encodedFrom(first.piece, encoded, object);
        object.release(encoded.bytes);
        return plain(first.piece, encoded.hold);
      }),
    ];
  }

  #encode(piece: ExtentPiece, { codec, object }: OpenCoding): Promise<EncodedPiece> {
    const acquired = this.#acquire(pieceNeed(codec, piece.bytes.length));
    const turn = Promise.all([this.#useCodec!, acquired, this.#turn]);
    this.#turn = turn.catch(() => {});
    const encode = turn.then(async ([use, hold]) => {
      if (!use) return plain(piece, hold);
      return encodedFrom(piece, { bytes: await object.encode(piece.bytes, piece.isZero), hold }, object);
    });
    this.#encodes.push(encode);
    return encode;
  }

  async #finishSingle(first: FirstPiece, coding: OpenCoding, end: EndOf): Promise<EncodedPiece> {
    const { piece } = first;
    const { bytes: head, hold } = await first.encoded;
    const tail = await coding.object.finish();
    (await coding.hold).release();
    const length = head.length + tail.length;
    if (length >= piece.bytes.length) return { ...plain(piece, hold), end: await end("none") };
    const bytes = new Uint8Array(length);
    bytes.set(head);
    bytes.set(tail, head.length);
    coding.object.release(head);
    return { ...encodedFrom(piece, { bytes, hold }), end: await end(coding.codec.id) };
  }

  async #finishLong(end: EndOf): Promise<EncodedPiece> {
    const useCodec = this.#useCodec !== undefined && (await this.#useCodec);
    await Promise.all(this.#encodes);
    const coding = this.#coding;
    const hold = await coding?.hold;
    if (!useCodec) coding?.object.abandon();
    const bytes = useCodec ? await coding!.object.finish() : new Uint8Array(0);
    hold?.shrinkTo(bytes.length);
    const common = { extent: this.extent, bytes, plainLength: 0, buffer: undefined, encoder: undefined };
    return { ...common, hold, end: await end(useCodec ? coding!.codec.id : "none") };
  }
}

async function hasShrunk(
  encoder: PieceEncoder,
  { bytes }: ExtentPiece,
  encoded: Uint8Array,
): Promise<boolean> {
  return encoder.lags ? await shrinks(encoder, bytes) : encoded.length < bytes.length;
}

/** @param hold the hold for encoded bytes that are not used; it is released */
function plain({ extent, bytes, buffer }: ExtentPiece, hold?: Hold): EncodedPiece {
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
function encodedFrom(piece: ExtentPiece, { bytes, hold }: Encoded, encoder?: ObjectEncoder): EncodedPiece {
  piece.buffer.release();
  hold.shrinkTo(bytes.length);
  return {
    extent: piece.extent,
    bytes,
    plainLength: piece.bytes.length,
    buffer: undefined,
    hold,
    encoder,
    end: undefined,
  };
}
