/** bzip2 both ways: what the reference program wrote, what comes back, and what must be refused. */
import { Bzip2Kernels } from "../../src/kernels/bzip2.js";
import { joined, noise, prose } from "../pipeline/volume-bytes.js";
import type { PortableTest } from "./assertions.js";
import { firstDifference } from "./world.js";

/** `printf 'hello, block\n' | bzip2 -9`, by bzip2 1.0.8. */
const HELLO = "QlpoOTFBWSZTWVZVsCIAAANRAAAQQAQaTKAAMQAwIaBiG3gWlNiPF3JFOFCQVlWwIg==";

async function decompress(kernels: Bzip2Kernels, encoded: Uint8Array): Promise<Uint8Array> {
  const decompressor = await kernels.acquire();
  try {
    return joined(...decompressor.decode(encoded), ...decompressor.end());
  } finally {
    kernels.release(decompressor);
  }
}

export function bzip2Tests(test: PortableTest): void {
  const kernels = new Bzip2Kernels();

  test("bzip2: decodes what the reference program wrote", async (t) => {
    const encoded = Uint8Array.from(atob(HELLO), (character) => character.charCodeAt(0));
    t.deepEqual(await decompress(kernels, encoded), new TextEncoder().encode("hello, block\n"));
  });

  test("bzip2: anything comes back, at every level and in several streams", async (t) => {
    const plains = [
      new Uint8Array(0),
      Uint8Array.of(7),
      prose(250_000),
      noise(120_000),
      new Uint8Array(300_000),
    ];
    for (const plain of plains) {
      for (const level of [1, 9]) {
        const encoded = await kernels.compress(plain, level);
        t.is(firstDifference(await decompress(kernels, encoded), plain), -1);
        const twice = await decompress(kernels, joined(encoded, encoded));
        t.is(firstDifference(twice, joined(plain, plain)), -1);
      }
    }
  });

  test("bzip2: every cut and every flipped byte is refused", async (t) => {
    const encoded = await kernels.compress(prose(900), 1);
    for (let at = 0; at < encoded.length; at++) {
      await t.throwsAsync(decompress(kernels, encoded.subarray(0, at)), undefined, `cut at ${at}`);
      const flipped = encoded.slice();
      flipped[at]! ^= 0xff;
      await t.throwsAsync(decompress(kernels, flipped), undefined, `flipped at ${at}`);
    }
  });
}
