/**
 * Decodes a short frame at once with the zstd of a WebAssembly instance, four times as fast as block by block in
 * TypeScript. It first collects the frame. If the frame or the instance is not as expected, another reader decodes the
 * frame from the start, and reports any damage.
 */
import { MIB } from "../../../units.js";
import { zstdEncodedMax } from "../level.js";
import type { FrameReader } from "./decoder.js";
import type { FrameHeader } from "./frames.js";

/** Plain bytes of the longest frame that is decoded at once; Ashlar writes no longer ones. */
export const WHOLE_FRAME_MAX: number = 12 * MIB;
const CHECKSUM_SIZE = 4;

/**
 * Whether this reader takes the frame: its header has a content size, which is short enough.
 * @param plainMax the most plain bytes of any object in this run, for which memory has been planned
 */
export function isWholeFrame({ contentSize }: FrameHeader, plainMax: number): boolean {
  return plainMax <= WHOLE_FRAME_MAX && contentSize !== undefined && contentSize <= plainMax;
}

/** Memory for reading a frame, in addition to the instance: the frame, and its plain bytes. */
export function wholeFrameMemory(plainMax: number): number {
  return plainMax <= WHOLE_FRAME_MAX ? frameSizeMax(plainMax) + plainMax : 0;
}

/** The longest frame for `plainLength` bytes. The other reader takes longer ones, whose blocks are oddly encoded. */
function frameSizeMax(plainLength: number): number {
  return zstdEncodedMax(plainLength);
}

export interface WholeFrameOptions {
  readonly header: FrameHeader;
  /** Decodes a whole frame to its plain bytes. @throws Error when it is damaged */
  decompress(frame: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /** Opens a reader that decodes the frame block by block, from its header on. */
  openOther(): Promise<FrameReader>;
  /** Frees the memory of bytes at once, on hosts that can. */
  readonly free?: ((bytes: Uint8Array) => void) | undefined;
}

export class WholeFrameReader implements FrameReader {
  readonly #options: WholeFrameOptions;
  /** The frame so far, and the end of each write in it: at the end of a block, or inside one. */
  #frame: Uint8Array;
  #length = 0;
  #ends: { readonly at: number; readonly isBlockEnd: boolean }[] = [];
  #other: FrameReader | undefined;

  constructor(options: WholeFrameOptions) {
    this.#options = options;
    this.#frame = new Uint8Array(frameSizeMax(options.header.contentSize!));
  }

  async *write(bytes: Uint8Array, isBlockEnd: boolean): AsyncGenerator<Uint8Array, void, void> {
    // Leaves room for a checksum.
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
