/**
 * Decodes a short frame at once by the zstd of a WebAssembly instance: four times as fast as block by block in
 * TypeScript. The frame is gathered for it. Whatever is not as expected, be it the frame or the instance, is left to
 * the other reader, which says what is wrong.
 */
import { MIB } from "../../../units.js";
import { zstdEncodedMax } from "../level.js";
import type { Emit, FrameReader } from "./decoder.js";
import type { FrameHeader } from "./frames.js";

/** Plain bytes of the longest frame that is decoded at once: what is written here has no more. */
export const WHOLE_FRAME_MAX: number = 12 * MIB;
const CHECKSUM_SIZE = 4;

/**
 * Whether a frame is one for this reader: it says how short it is, and no other in question is longer.
 * @param plainMax most plain bytes of any object that is decoded now, for which memory has been planned
 */
export function isWholeFrame({ contentSize }: FrameHeader, plainMax: number): boolean {
  return plainMax <= WHOLE_FRAME_MAX && contentSize !== undefined && contentSize <= plainMax;
}

/** Bytes that reading a frame takes, beside the instance: itself, and what comes of it. */
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
  readonly emit: Emit;
  /** Gives the memory of bytes back at once, where the host can. */
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

  async write(bytes: Uint8Array, isBlockEnd: boolean): Promise<void> {
    // Room is left for a checksum.
    if (this.#other === undefined && this.#length + bytes.length > this.#frame.length - CHECKSUM_SIZE)
      await this.#changeReader();
    if (this.#other !== undefined) return await this.#other.write(bytes, isBlockEnd);
    this.#frame.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#ends.push({ at: this.#length, isBlockEnd });
  }

  async finish(checksum: Uint8Array): Promise<void> {
    if (this.#other === undefined) {
      this.#frame.set(checksum, this.#length);
      const frame = this.#frame.subarray(0, this.#length + checksum.length);
      const plain = await this.#options.decompress(frame).catch(() => undefined);
      if (plain !== undefined) return await this.#options.emit(plain);
      await this.#changeReader();
    }
    await this.#other!.finish(checksum);
  }

  close(): void {
    this.#other?.close();
    if (this.#frame.length > 0) this.#options.free?.(this.#frame);
    this.#frame = new Uint8Array(0);
  }

  async #changeReader(): Promise<void> {
    this.#other = await this.#options.openOther();
    let from = 0;
    for (const { at, isBlockEnd } of this.#ends.splice(0)) {
      await this.#other.write(this.#frame.subarray(from, at), isBlockEnd);
      from = at;
    }
  }
}
