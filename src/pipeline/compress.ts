/**
 * compress: each extent's plain bytes to the bytes of its object, several pieces at once, in order.
 *
 * An object that would not shrink is stored as its plain bytes, codec `none`, as the reference system does. For an
 * extent of one part that is known exactly. For a longer one it has to be decided before its end is seen: if the
 * first part shrinks the codec is used, and if not, samples from the rest of the chunk decide.
 */
import type { Codec, Encoder } from "../codecs/codec.js";
import type { Compute } from "./compute.js";
import { ContentMd5 } from "./content-md5.js";
import { type ProbeChunk, shrinks } from "./probe.js";
import type { EncodedPart, Extent, ExtentEnd, ExtentPart } from "./window.js";

export interface CompressOptions {
  /** `undefined` stores plain bytes. */
  readonly codec: Codec | undefined;
  readonly probe: ProbeChunk;
  readonly compute: Compute;
  /** How many parts may be worked on at once. */
  readonly lanes: number;
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

interface FirstPart {
  readonly part: ExtentPart;
  readonly encoded: Promise<Uint8Array>;
}

/** The encoding of one extent. Each method returns the parts that follow in the object, as they become known. */
class ExtentEncoding {
  readonly extent: Extent;
  readonly #codec: Codec | undefined;
  readonly #encoder: Encoder | undefined;
  readonly #probe: ProbeChunk;
  readonly #md5: ContentMd5;
  #length = 0;
  /** Held back until it is known whether the extent goes on. */
  #first: FirstPart | undefined;
  #useCodec: Promise<boolean> | undefined;
  #encodes: Promise<unknown>[] = [];

  constructor(extent: Extent, { codec, probe }: CompressOptions, md5: ContentMd5) {
    this.extent = extent;
    this.#codec = codec;
    this.#encoder = codec?.encoder();
    this.#probe = probe;
    this.#md5 = md5;
  }

  add(part: ExtentPart): Promise<EncodedPart>[] {
    this.#length += part.bytes.length;
    this.#md5.update(part, part.isZero);
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
    const contentMd5 = this.#md5.hex();
    // Awaited at the object's end; a failed encoding may come before.
    contentMd5.catch(() => {});
    if (this.#first !== undefined) return [this.#finishSingle(this.#first, contentMd5)];
    return [this.#finishLong(contentMd5)];
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

  async #finishSingle({ part, encoded }: FirstPart, contentMd5: Promise<string>): Promise<EncodedPart> {
    const head = await encoded;
    const tail = await this.#encoder!.finish();
    const length = head.length + tail.length;
    if (length >= part.bytes.length) return { ...plain(part), end: this.#end(false, await contentMd5) };
    const bytes = new Uint8Array(length);
    bytes.set(head);
    bytes.set(tail, head.length);
    return { ...encodedFrom(part, bytes), end: this.#end(true, await contentMd5) };
  }

  async #finishLong(contentMd5: Promise<string>): Promise<EncodedPart> {
    const useCodec = this.#useCodec !== undefined && (await this.#useCodec);
    await Promise.all(this.#encodes);
    const bytes = useCodec ? await this.#encoder!.finish() : new Uint8Array(0);
    return {
      extent: this.extent,
      bytes,
      plainLength: 0,
      buffer: undefined,
      end: this.#end(useCodec, await contentMd5),
    };
  }

  #end(useCodec: boolean, contentMd5: string): ExtentEnd {
    const compression = useCodec && this.#codec !== undefined ? this.#codec.id : "none";
    return { length: this.#length, contentMd5, compression };
  }
}

function plain({ extent, bytes, buffer }: ExtentPart): EncodedPart {
  return { extent, bytes, plainLength: bytes.length, buffer, end: undefined };
}

function encodedFrom(part: ExtentPart, bytes: Uint8Array): EncodedPart {
  part.buffer.release();
  return { extent: part.extent, bytes, plainLength: part.bytes.length, buffer: undefined, end: undefined };
}
