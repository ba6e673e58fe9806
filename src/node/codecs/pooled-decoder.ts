import type { Decoder } from "../../codecs/codec.js";
import type { Workers } from "../../ports.js";
import { PooledDecoder, type PooledDecoderOptions } from "../../threads/pooled-decoder.js";

/** Decodes one object on a thread of Node's pool, which writes to no memory but what it shares. */
export function pooledDecoder(workers: Workers, options: PooledDecoderOptions): Decoder {
  const decoder = new PooledDecoder(workers, options);
  return {
    write: (encoded, isLast) => decoder.write(encoded, isLast),
    async fill(window) {
      if (window.buffer instanceof SharedArrayBuffer) return await decoder.fill(window);
      // Where the run works inline, its windows are for this thread only.
      const shared = new Uint8Array(new SharedArrayBuffer(window.length));
      const length = await decoder.fill(shared);
      window.set(shared.subarray(0, length));
      return length;
    },
    close: () => decoder.close(),
  };
}
