/**
 * compress: each extent's plain bytes to the bytes of its object, several pieces at once, in order.
 *
 * An object that would not shrink is stored as its plain bytes, codec `none`, as the reference system does. For an
 * extent of one part that is known exactly. For a longer one it has to be decided before its end is seen: if the
 * first part shrinks the codec is used, and if not, samples from the rest of the chunk decide.
 */
import type { Codec, Encoder } from "../codecs/codec.js";
import type { Hold, MemoryBudget } from "./budget.js";
import type { Compute } from "./compute.js";
import { ContentMd5 } from "./content-md5.js";
import { encoderNeed, firstPieceNeed, pieceNeed } from "./memory.js";
import { type ProbeChunk, shrinks } from "./probe.js";
import type { EncodedPart, Extent, ExtentEnd, ExtentPart } from "./window.js";

export interface CompressOptions {
  /** `undefined` stores plain bytes. */
  readonly codec: Codec | undefined;
  readonly probe: ProbeChunk;
  readonly compute: Compute;
  /** How many parts may be worked on at once. */
  readonly lanes: number;
  /** Of which encoded bytes and what makes them are held; in the order of the parts, as `budget.ts` wants it. */
  readonly budget: MemoryBudget;
}

export function compress(options: CompressOptions): TransformStream<ExtentPart, EncodedPart> {
  const zeroMd5s = new Map<number, Promise<string>>();
  const pending: Promise<EncodedPart>[] = [];
  let current: ExtentEncoding | undefined;

  const queue = (encoded: Promise<EncodedPart>[]): void => {
    for (const part of encoded) {
      // It is awaited in its turn; until then a failure must not count as unhandled.
      part.catch(() => {});
      pending.push(part);
    }
  };
  const drain = async (controller: TransformStreamDefaultController<EncodedPart>, atMost: number) => {
    while (pending.length > atMost) controller.enqueue(await pending.shift()!);
  };

  return new TransformStream<ExtentPart, EncodedPart>({
    async transform(part, controller) {
      if (current !== undefined && current.extent !== part.extent) {
        queue(current.finish());
        current = undefined;
      }
      current ??= new ExtentEncoding(part.extent, options, new ContentMd5(options.compute, zeroMd5s));
      queue(current.add(part));
      await drain(controller, options.lanes);
    },
    async flush(controller) {
      if (current !== undefined) queue(current.finish());
      await drain(controller, 0);
    },
  });
}

/** Encoded bytes, and what is held for them until they are stored. */
interface Encoded {
  readonly bytes: Uint8Array;
  readonly hold: Hold;
}

interface FirstPart {
  readonly part: ExtentPart;
  readonly encoded: Promise<Encoded>;
}

interface Coding {
  readonly codec: Codec;
  readonly encoder: Encoder;
  /** For what the encoder keeps between the parts, and its end. */
  readonly hold: Promise<Hold>;
}

/** The encoding of one extent. Each method returns the parts that follow in the object, as they become known. */
class ExtentEncoding {
  readonly extent: Extent;
  readonly #coding: Coding | undefined;
  readonly #budget: MemoryBudget;
  readonly #probe: ProbeChunk;
  readonly #md5: ContentMd5;
  #length = 0;
  /** Held back until it is known whether the extent goes on. */
  #first: FirstPart | undefined;
  #useCodec: Promise<boolean> | undefined;
  /** Resolves when the latest part's turn to be encoded has come. */
  #turn: Promise<unknown> = Promise.resolve();
  #encodes: Promise<unknown>[] = [];

  constructor(extent: Extent, { codec, probe, budget }: CompressOptions, md5: ContentMd5) {
    this.extent = extent;
    this.#budget = budget;
    this.#probe = probe;
    this.#md5 = md5;
    if (codec === undefined) return;
    this.#coding = { codec, encoder: codec.encoder(), hold: this.#acquire(encoderNeed(codec)) };
  }

  add(part: ExtentPart): Promise<EncodedPart>[] {
    this.#length += part.bytes.length;
    this.#md5.update(part, part.isZero);
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
    const contentMd5 = this.#md5.hex();
    // Awaited at the object's end; a failed encoding may come before.
    contentMd5.catch(() => {});
    if (this.#first !== undefined && this.#coding !== undefined)
      return [this.#finishSingle(this.#first, this.#coding, contentMd5)];
    return [this.#finishLong(contentMd5)];
  }

  /** Whose failure shows where it is awaited. */
  #acquire(size: number): Promise<Hold> {
    const hold = this.#budget.acquire(size);
    hold.catch(() => {});
    return hold;
  }

  async #encodeFirst({ bytes, isZero }: ExtentPart, { codec, encoder }: Coding): Promise<Encoded> {
    const acquired = this.#acquire(firstPieceNeed(codec, bytes.length));
    this.#turn = acquired.catch(() => {});
    const hold = await acquired;
    return { bytes: await encoder.encode(bytes, isZero), hold };
  }

  /** At the second part: what the first becomes. Nothing after that. */
  #decide(offset: number, { codec, encoder }: Coding): Promise<EncodedPart>[] {
    const first = this.#first;
    if (first === undefined) return [];
    this.#first = undefined;
    const useCodec = first.encoded.then(
      async ({ bytes }) => (await hasShrunk(codec, first.part, bytes)) || this.#probe(offset),
    );
    this.#useCodec = useCodec;
    return [
      useCodec.then(async (use) => {
        const encoded = await first.encoded;
        if (use) return encodedFrom(first.part, encoded, encoder);
        encoder.release?.(encoded.bytes);
        return plain(first.part, encoded.hold);
      }),
    ];
  }

  #encode(part: ExtentPart, { codec, encoder }: Coding): Promise<EncodedPart> {
    const acquired = this.#acquire(pieceNeed(codec, part.bytes.length));
    const turn = Promise.all([this.#useCodec!, acquired, this.#turn]);
    this.#turn = turn.catch(() => {});
    const encode = turn.then(async ([use, hold]) => {
      if (!use) return plain(part, hold);
      return encodedFrom(part, { bytes: await encoder.encode(part.bytes, part.isZero), hold }, encoder);
    });
    this.#encodes.push(encode);
    return encode;
  }

  async #finishSingle(first: FirstPart, coding: Coding, contentMd5: Promise<string>): Promise<EncodedPart> {
    const { part } = first;
    const { bytes: head, hold } = await first.encoded;
    const tail = await coding.encoder.finish();
    (await coding.hold).release();
    const length = head.length + tail.length;
    if (length >= part.bytes.length) return { ...plain(part, hold), end: this.#end(false, await contentMd5) };
    const bytes = new Uint8Array(length);
    bytes.set(head);
    bytes.set(tail, head.length);
    coding.encoder.release?.(head);
    return { ...encodedFrom(part, { bytes, hold }), end: this.#end(true, await contentMd5) };
  }

  async #finishLong(contentMd5: Promise<string>): Promise<EncodedPart> {
    const useCodec = this.#useCodec !== undefined && (await this.#useCodec);
    await Promise.all(this.#encodes);
    const hold = await this.#coding?.hold;
    const bytes = useCodec ? await this.#coding!.encoder.finish() : new Uint8Array(0);
    hold?.shrinkTo(bytes.length);
    const end = this.#end(useCodec, await contentMd5);
    return { extent: this.extent, bytes, plainLength: 0, buffer: undefined, hold, encoder: undefined, end };
  }

  #end(useCodec: boolean, contentMd5: string): ExtentEnd {
    const compression = useCodec && this.#coding !== undefined ? this.#coding.codec.id : "none";
    return { length: this.#length, contentMd5, compression };
  }
}

async function hasShrunk(codec: Codec, { bytes }: ExtentPart, encoded: Uint8Array): Promise<boolean> {
  return codec.lags ? await shrinks(codec, bytes) : encoded.length < bytes.length;
}

/** @param hold what was held for the bytes that are not used */
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

/** @param encoder whose bytes they are, unless they were joined */
function encodedFrom(part: ExtentPart, { bytes, hold }: Encoded, encoder?: Encoder): EncodedPart {
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
