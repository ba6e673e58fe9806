/**
 * Decoding of zstd frames on the calling thread with `node:zlib`, directly into the caller's windows. It checks the
 * content size and the checksum of each frame. The ends of frames are located first, because `node:zlib` stops at the
 * end of the first frame without an error.
 */
import type { Decoder } from "../../../codecs/codec.js";
import type { EncodedPiece } from "../../../codecs/encoded-input.js";
import { type FrameSpan, FrameSpans } from "../../../codecs/zstd/frames/spans.js";
import { HandleDecoder, type HandleStep, type HandleSteps } from "../handle-decoder.js";
import type { ZlibHandle } from "../zlib-handle.js";
import { type NativeZstd, openZstdHandle } from "./native.js";

/** `ZSTD_e_continue`, the only flush mode of decoding. */
const CONTINUE = 0;

/** A decoder for one object. */
export function nativeZstdDecoder(native: NativeZstd): Decoder {
  return new HandleDecoder(new ZstdSteps(native));
}

class ZstdSteps implements HandleSteps {
  readonly #native: NativeZstd;
  readonly #frames = new FrameSpans();
  #handle: ZlibHandle | undefined;
  /** The rest of the input; `undefined` before it has been scanned. */
  #spans: Iterator<FrameSpan> | undefined;
  #span: FrameSpan | undefined;
  /** Position in the span of the first byte that is not decoded yet. */
  #at = 0;

  constructor(native: NativeZstd) {
    this.#native = native;
  }

  step({ bytes, isLast }: EncodedPiece, window: Uint8Array, windowAt: number): HandleStep {
    this.#spans ??= this.#frames.of(bytes);
    let end = windowAt;
    while (end < window.length) {
      this.#span ??= this.#nextSpan(this.#spans);
      if (this.#span === undefined) return { end, isTaken: true, hasEnded: this.#endInput(isLast) };
      end = this.#decode(this.#span, window, end);
    }
    return { end, isTaken: false, hasEnded: false };
  }

  close(): void {
    this.#handle?.close();
    this.#handle = undefined;
  }

  #nextSpan(spans: Iterator<FrameSpan>): FrameSpan | undefined {
    const { done, value } = spans.next();
    if (done) return undefined;
    if (value.isStart) this.#handle = openZstdHandle(this.#native);
    return value;
  }

  #endInput(isLast: boolean): boolean {
    this.#spans = undefined;
    if (isLast) this.#frames.finish();
    return isLast;
  }

  /** Decodes until the window is full or the span is used up; returns the end of the plain bytes in the window. */
  #decode(span: FrameSpan, window: Uint8Array, windowAt: number): number {
    const handle = this.#handle!;
    handle.step(CONTINUE, span.bytes, this.#at, window, windowAt);
    const { roomLeft, inputLeft } = handle;
    this.#at = span.bytes.length - inputLeft;
    if (roomLeft > 0) {
      // zstd stops with room and input left only at the end of a frame.
      if (inputLeft > 0) throw new Error("bytes follow the end of the frame");
      if (span.isEnd) this.close();
      this.#span = undefined;
      this.#at = 0;
    }
    return window.length - roomLeft;
  }
}
