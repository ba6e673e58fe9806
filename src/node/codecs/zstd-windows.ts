/**
 * Frames of zstd data decoded on the calling thread by `node:zlib`, straight into the caller's windows. It checks the
 * content size and the checksum of each; where frames begin and end is found before, since it would stop at the end of
 * the first without a word.
 */
import type { WindowDecoder } from "../../codecs/window-decoder.js";
import { type FrameSpan, FrameSpans } from "../../codecs/zstd/frames/spans.js";
import { type HandleDecoder, type HandleInput, type HandleStep, HandleWindows } from "./handle-windows.js";
import { ZlibHandle } from "./zlib-handle.js";
import { decompressing, type NativeZstd } from "./zstd-native.js";

/** `ZSTD_e_continue`; decoding knows no other. */
const CONTINUE = 0;

/** The stream's own buffer, which is not used here, as small as it can be. */
const UNUSED_STEP = 64;

/** Whether this Node's streams have a handle to use. */
export function canDecodeWindows(native: NativeZstd): boolean {
  const handle = openHandle(native);
  handle?.close();
  return handle !== undefined;
}

/** A decoder of one object, where `canDecodeWindows`. */
export function zstdWindows(native: NativeZstd): WindowDecoder {
  return new HandleWindows(new ZstdDecoder(native));
}

function openHandle(native: NativeZstd): ZlibHandle | undefined {
  return ZlibHandle.under(decompressing(native, UNUSED_STEP));
}

class ZstdDecoder implements HandleDecoder {
  readonly #native: NativeZstd;
  readonly #frames = new FrameSpans();
  #handle: ZlibHandle | undefined;
  /** What is left of the input, `undefined` before it was looked at. */
  #spans: Iterator<FrameSpan> | undefined;
  #span: FrameSpan | undefined;
  /** Of the span that is not decoded yet. */
  #at = 0;

  constructor(native: NativeZstd) {
    this.#native = native;
  }

  step({ bytes, isLast }: HandleInput, window: Uint8Array, windowAt: number): HandleStep {
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
    if (value.isStart) this.#handle = openHandle(this.#native);
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
