/** A decoder as a pair of streams, for tests that read and write at their own pace. */
import type { Decoder } from "../../src/codecs/codec.js";
import { ReadableStream, WritableStream } from "../../src/streams.js";

const NOTHING = new Uint8Array(0);

/** @param windowSize bytes of each window that is filled */
export function streamOf(
  decoder: Decoder,
  windowSize: number = 64 * 1024,
): ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array> {
  let fail: (reason: unknown) => void = () => {};
  const readable = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        fail = (reason) => {
          controller.error(reason);
          decoder.close();
        };
      },
      async pull(controller) {
        const window = new Uint8Array(windowSize);
        const length = await decoder.fill(window);
        if (length > 0) controller.enqueue(window.subarray(0, length));
        if (length === windowSize) return;
        controller.close();
        decoder.close();
      },
      cancel: () => decoder.close(),
    },
    { highWaterMark: 0 },
  );
  const writable = new WritableStream<Uint8Array>({
    start({ signal }) {
      signal.addEventListener("abort", () => fail(signal.reason));
    },
    write: (encoded) => decoder.write(encoded, false),
    close: () => decoder.write(NOTHING, true),
  });
  return { readable, writable };
}
