/**
 * An extent's object from its parts as they come: several at once, in order.
 *
 * An object that would not shrink is stored as its plain bytes, as the reference system does. For an extent of one
 * part that is known exactly. For a longer one it has to be decided before its end is seen: if the first part shrinks
 * the codec is used, and if not, samples from the rest of the chunk decide.
 */
import type { Codec, Encoder } from "../codecs/codec.js";
import type { EndOf, ExtentEncoding, ExtentSummary } from "./extent-encoding.js";
import { type ProbeChunk, shrinks } from "./probe.js";
import type { EncodedPart, Extent, ExtentPart } from "./window.js";

interface FirstPart {
  readonly part: ExtentPart;
  readonly encoded: Promise<Uint8Array>;
}

export class PieceEncoding implements ExtentEncoding {
  readonly extent: Extent;
  readonly #codec: Codec | undefined;
  readonly #encoder: Encoder | undefined;
  readonly #probe: ProbeChunk;
  readonly #summary: ExtentSummary;
  /** Held back until it is known whether the extent goes on. */
  #first: FirstPart | undefined;
  #useCodec: Promise<boolean> | undefined;
  #encodes: Promise<unknown>[] = [];

  /** @param codec `undefined` stores plain bytes */
  constructor(
    extent: Extent,
    { codec, probe }: { readonly codec: Codec | undefined; readonly probe: ProbeChunk },
    summary: ExtentSummary,
  ) {
    this.extent = extent;
    this.#codec = codec;
    this.#encoder = codec?.encoder(extent.length);
    this.#probe = probe;
    this.#summary = summary;
  }

  add(part: ExtentPart): Promise<EncodedPart>[] {
    this.#summary.update(part);
    const encoder = this.#encoder;
    if (encoder === undefined) return [Promise.resolve(plain(part))];
    if (this.#useCodec === undefined && this.#first === undefined) {
      const encoded = encoder.encode(part.bytes, part.isZero);
      encoded.catch(() => {});
      this.#first = { part, encoded };
      return [];
    }
    return [...this.#decide(part.offset), this.#encode(part, encoder)];
  }

  finish(): Promise<EncodedPart>[] {
    const end = this.#summary.complete();
    if (this.#first !== undefined) return [this.#finishSingle(this.#first, end)];
    return [this.#finishLong(end)];
  }

  /** At the second part: what the first becomes. Nothing after that. */
  #decide(offset: number): Promise<EncodedPart>[] {
    const first = this.#first;
    if (first === undefined) return [];
    this.#first = undefined;
    const useCodec = first.encoded.then(
      async (encoded) => (await this.#hasShrunk(first.part, encoded)) || this.#probe(offset),
    );
    this.#useCodec = useCodec;
    return [
      useCodec.then(async (use) => (use ? encodedFrom(first.part, await first.encoded) : plain(first.part))),
    ];
  }

  async #hasShrunk({ bytes }: ExtentPart, encoded: Uint8Array): Promise<boolean> {
    const codec = this.#codec!;
    return codec.lags ? await shrinks(codec, bytes) : encoded.length < bytes.length;
  }

  #encode(part: ExtentPart, encoder: Encoder): Promise<EncodedPart> {
    const encode = this.#useCodec!.then(async (use) =>
      use ? encodedFrom(part, await encoder.encode(part.bytes, part.isZero)) : plain(part),
    );
    this.#encodes.push(encode);
    return encode;
  }

  async #finishSingle({ part, encoded }: FirstPart, end: EndOf): Promise<EncodedPart> {
    const head = await encoded;
    const tail = await this.#encoder!.finish();
    const length = head.length + tail.length;
    if (length >= part.bytes.length) return { ...plain(part), end: await end("none") };
    const bytes = new Uint8Array(length);
    bytes.set(head);
    bytes.set(tail, head.length);
    return { ...encodedFrom(part, bytes), end: await end(this.#codec!.id) };
  }

  async #finishLong(end: EndOf): Promise<EncodedPart> {
    const useCodec = this.#useCodec !== undefined && (await this.#useCodec);
    await Promise.all(this.#encodes);
    if (!useCodec) this.#encoder?.abandon?.();
    const bytes = useCodec ? await this.#encoder!.finish() : new Uint8Array(0);
    const compression = useCodec ? this.#codec!.id : "none";
    return { extent: this.extent, bytes, plainLength: 0, buffer: undefined, end: await end(compression) };
  }
}

function plain({ extent, bytes, buffer }: ExtentPart): EncodedPart {
  return { extent, bytes, plainLength: bytes.length, buffer, end: undefined };
}

function encodedFrom(part: ExtentPart, bytes: Uint8Array): EncodedPart {
  part.buffer.release();
  return { extent: part.extent, bytes, plainLength: part.bytes.length, buffer: undefined, end: undefined };
}
