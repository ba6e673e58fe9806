/** A decoder into windows behind the streams of a codec's `decoder`, so that one is tested as the other. */
import type { Decoder } from "../../src/codecs/codec.js";
import type { WindowDecoder } from "../../src/codecs/window-decoder.js";
import { ReadableStream, WritableStream } from "../../src/streams.js";

const NOTHING = new Uint8Array(0);

/** @param windowSize bytes of each window that is filled */
export function windowsStream(windows: WindowDecoder, windowSize: number): Decoder {
  let fail: (reason: unknown) => void = () => {};
  const readable = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        fail = (reason) => {
          controller.error(reason);
          windows.close();
        };
      },
      async pull(controller) {
        const window = new Uint8Array(windowSize);
        const length = await windows.fill(window);
        if (length > 0) controller.enqueue(window.subarray(0, length));
        if (length === windowSize) return;
        controller.close();
        windows.close();
      },
      cancel: () => windows.close(),
    },
    { highWaterMark: 0 },
  );
  const writable = new WritableStream<Uint8Array>({
    start({ signal }) {
      signal.addEventListener("abort", () => fail(signal.reason));
    },
    write: (encoded) => windows.write(encoded, false),
    close: () => windows.write(NOTHING, true),
  });
  return { readable, writable };
}
