/**
 * Decodes a short frame at once by the zstd of a WebAssembly instance: four times as fast as block by block in
 * TypeScript. The frame is gathered for it. Where the frame or the instance is not as expected, another reader reads the
 * frame again, and reports what is wrong.
 */
import { MIB } from "../../../units.js";
import { zstdEncodedMax } from "../level.js";
import type { FrameReader } from "./decoder.js";
import type { FrameHeader } from "./frames.js";

/** Plain bytes of the longest frame that is decoded at once: what is written here has no more. */
export const WHOLE_FRAME_MAX: number = 12 * MIB;
const CHECKSUM_SIZE = 4;

/**
 * Whether this reader takes the frame: its header says how short it is, and no other object is longer.
 * @param plainMax most plain bytes of any object that is decoded now, for which memory has been planned
 */
export function isWholeFrame({ contentSize }: FrameHeader, plainMax: number): boolean {
  return plainMax <= WHOLE_FRAME_MAX && contentSize !== undefined && contentSize <= plainMax;
}

/** Bytes that reading a frame takes, beside the instance: the frame, and its plain bytes. */
export function wholeFrameMemory(plainMax: number): number {
  return plainMax <= WHOLE_FRAME_MAX ? frameSizeMax(plainMax) + plainMax : 0;
}

/** A longer one has blocks that do not shrink and need not be, and is for the other reader. */
function frameSizeMax(plainLength: number): number {
  return zstdEncodedMax(plainLength);
}

export interface WholeFrameOptions {
  readonly header: FrameHeader;
  /** Plain bytes of a whole frame. @throws Error when it is damaged */
  decompress(frame: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /** Reads the frame's blocks one by one, from its header on. */
  openOther(): Promise<FrameReader>;
  /** Frees the memory of bytes at once, on a host that can. */
  readonly free?: ((bytes: Uint8Array) => void) | undefined;
}

export class WholeFrameReader implements FrameReader {
  readonly #options: WholeFrameOptions;
  /** The frame as far as it has come, and where what was written ends in it: with a block, or within one. */
  #frame: Uint8Array;
  #length = 0;
  #ends: { readonly at: number; readonly isBlockEnd: boolean }[] = [];
  #other: FrameReader | undefined;

  constructor(options: WholeFrameOptions) {
    this.#options = options;
    this.#frame = new Uint8Array(frameSizeMax(options.header.contentSize!));
  }

  async *write(bytes: Uint8Array, isBlockEnd: boolean): AsyncGenerator<Uint8Array, void, void> {
    // Room is left for a checksum.
    if (this.#other === undefined && this.#length + bytes.length > this.#frame.length - CHECKSUM_SIZE)
      yield* this.#changeReader();
    if (this.#other !== undefined) {
      yield* this.#other.write(bytes, isBlockEnd);
      return;
    }
    this.#frame.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#ends.push({ at: this.#length, isBlockEnd });
  }

  async *finish(checksum: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
    if (this.#other === undefined) {
      this.#frame.set(checksum, this.#length);
      const frame = this.#frame.subarray(0, this.#length + checksum.length);
      const plain = await this.#options.decompress(frame).catch(() => undefined);
      if (plain !== undefined) {
        yield plain;
        this.#options.free?.(plain);
        return;
      }
      yield* this.#changeReader();
    }
    yield* this.#other!.finish(checksum);
  }

  close(): void {
    this.#other?.close();
    if (this.#frame.length > 0) this.#options.free?.(this.#frame);
    this.#frame = new Uint8Array(0);
  }

  async *#changeReader(): AsyncGenerator<Uint8Array, void, void> {
    this.#other = await this.#options.openOther();
    let from = 0;
    for (const { at, isBlockEnd } of this.#ends.splice(0)) {
      yield* this.#other.write(this.#frame.subarray(from, at), isBlockEnd);
      from = at;
    }
  }
}
