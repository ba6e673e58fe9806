/**
 * Frames of zstd data decoded on the calling thread by `node:zlib`, straight into the caller's windows. It checks the
 * content size and the checksum of each. The ends of frames are found first, because it stops at the end of the first
 * frame without an error.
 */
import type { Decoder } from "../../../codecs/codec.js";
import type { EncodedPiece } from "../../../codecs/encoded-input.js";
import { type FrameSpan, FrameSpans } from "../../../codecs/zstd/frames/spans.js";
import { HandleDecoder, type HandleStep, type HandleSteps } from "../handle-decoder.js";
import type { ZlibHandle } from "../zlib-handle.js";
import { type NativeZstd, openZstdHandle } from "./native.js";

/** `ZSTD_e_continue`; decoding knows no other. */
const CONTINUE = 0;

/** A decoder of one object. */
export function nativeZstdDecoder(native: NativeZstd): Decoder {
  return new HandleDecoder(new ZstdSteps(native));
}

class ZstdSteps implements HandleSteps {
  readonly #native: NativeZstd;
  readonly #frames = new FrameSpans();
  #handle: ZlibHandle | undefined;
  /** The rest of the input; `undefined` before it was looked at. */
  #spans: Iterator<FrameSpan> | undefined;
  #span: FrameSpan | undefined;
  /** Where in the span the bytes begin that are not decoded yet. */
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

  /** Until the window is full or the span is used up; returns where in the window the plain bytes end. */
  #decode(span: FrameSpan, window: Uint8Array, windowAt: number): number {
    const handle = this.#handle!;
    handle.step(CONTINUE, span.bytes, this.#at, window, windowAt);
    const { roomLeft, inputLeft } = handle;
    this.#at = span.bytes.length - inputLeft;
    if (roomLeft > 0) {
      // With room and input left zstd would have gone on, had the frame not ended.
      if (inputLeft > 0) throw new Error("bytes follow the end of the frame");
      if (span.isEnd) this.close();
      this.#span = undefined;
      this.#at = 0;
    }
    return window.length - roomLeft;
  }
}
