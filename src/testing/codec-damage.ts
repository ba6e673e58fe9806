/** Cases for a codec's promises about damaged objects. */
import type { Codec } from "../codecs/codec.js";
import { decodeObject, encodeObject, joined } from "./codec-runs.js";
import type { DeclareCase } from "./contract-case.js";
import { noiseBytes, textBytes } from "./samples.js";

/** Timeout: a decoder that waits for ever would hang a restore without an error. */
const PATIENCE_MS = 20_000;

export function damageCases(test: DeclareCase, codec: Codec): void {
  test("an object that ends early is refused", async (t) => {
    // One piece: pieces may be streams of their own, and then the first few are a complete object, too.
    const stored = await encodeObject(codec, textBytes(3000), { pieceSize: 3000 });
    for (let length = 0; length < stored.length; length += 1 + (length >> 4)) {
      const cut = decodeObject(codec.decoder(), stored.subarray(0, length), { pieceSize: 64 });
      await t.throwsAsync(inTime(cut), undefined, `${length} of ${stored.length} bytes`);
    }
  });

  test("an object that goes on after its end is refused, or decodes to the same bytes", async (t) => {
    const plain = textBytes(3000);
    const stored = await encodeObject(codec, plain, { pieceSize: 1000 });
    for (const more of [Uint8Array.of(0), noiseBytes(100)]) {
      for (const size of [64, 65_536]) {
        const longer = decodeObject(codec.decoder(), joined(stored, more), { pieceSize: size });
        const back = await inTime(longer).catch(() => plain);
        t.deepEqual(back, plain, `${more.length} bytes more, written by ${size}`);
      }
    }
  });

  test("an object with a wrong byte is refused, or decodes to the same bytes", async (t) => {
    const plain = joined(textBytes(2000), noiseBytes(300));
    const stored = await encodeObject(codec, plain, { pieceSize: 1000 });
    let refused = 0;
    for (let at = 0; at < stored.length; at += 3) {
      const damaged = stored.slice();
      damaged[at]! ^= 0x55;
      const decoding = decodeObject(codec.decoder(plain.length), damaged, { pieceSize: 4096 });
      const back = await inTime(decoding).catch(() => undefined);
      if (back === undefined) refused++;
      else t.deepEqual(back, plain, `byte ${at}`);
    }
    t.true(refused > stored.length / 6, `${refused} of ${Math.ceil(stored.length / 3)} are refused`);
  });

  test("decoding can be given up at any time", async (t) => {
    const stored = await encodeObject(codec, noiseBytes(100_000), { pieceSize: 32_768 });
    for (const waitMs of [0, 20]) {
      const decoder = codec.decoder();
      const writing = decoder.write(stored.slice(0, 50_000), false).catch(() => {});
      const filling = Promise.allSettled([decoder.fill(new Uint8Array(90_000))]);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      decoder.close();
      const [filled] = await inTime(filling);
      t.is(filled.status, "rejected", "half of the object does not fill the window");
      await inTime(writing);
    }
    const back = await decodeObject(codec.decoder(), stored, { pieceSize: 5000 });
    t.deepEqual(back, noiseBytes(100_000));
  });
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the codec did not answer in ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
