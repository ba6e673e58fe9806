/** Block digests, zero scan and digest comparison, against the platform's own SHA-256. */
import { toHex } from "../../src/bytes.js";
import { type Kernels, loadKernels } from "../../src/kernels/kernels.js";
import { countOf, DIGEST_SIZE, KIB, MIB } from "../../src/units.js";
import { Random } from "../fuzz/random.js";
import { noise } from "../pipeline/volume-bytes.js";
import type { PortableTest } from "./assertions.js";

/** FIPS 180-2 appendix B. */
const VECTORS: readonly (readonly [message: string, digest: string])[] = [
  ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  ["a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
];

interface Digests {
  readonly hex: string;
  readonly zeroCount: number;
}

function digest(kernels: Kernels, window: Uint8Array, blockSize: number): Digests {
  const digests = new Uint8Array(countOf(window.length, blockSize) * DIGEST_SIZE).fill(0xee);
  const zeroCount = kernels.digestInto(window, blockSize, digests);
  return { hex: toHex(digests), zeroCount };
}

async function platformDigest(window: Uint8Array<ArrayBuffer>, blockSize: number): Promise<Digests> {
  let hex = "";
  let zeroCount = 0;
  for (let at = 0; at < window.length; at += blockSize) {
    const block = window.subarray(at, at + blockSize);
    if (block.every((byte) => byte === 0)) zeroCount++;
    hex += toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", block)));
  }
  return { hex, zeroCount };
}

export function digestTests(test: PortableTest): void {
  for (const simd of [true, false]) {
    const title = simd ? "simd" : "scalar";
    const loaded = loadKernels({ memorySize: 4 * MIB, simd });

    test(`digests, ${title}: the published vectors, alone and in every lane`, async (t) => {
      const kernels = await loaded;
      t.is(kernels.flavour, title);
      for (const [message, expected] of VECTORS) {
        for (const count of [1, 8, 9]) {
          const window = new TextEncoder().encode(message.repeat(count));
          t.is(digest(kernels, window, message.length).hex, expected.repeat(count));
        }
      }
    });

    test(`digests, ${title}: windows of any make, in their own memory and in others'`, async (t) => {
      const kernels = await loaded;
      const inside = kernels.allocate(MIB);
      const random = new Random(7);
      for (let round = 0; round < 60; round++) {
        const blockSize = [64, 512, 1000, 4 * KIB, 32 * KIB, 130_000][random.below(6)]!;
        const length = 1 + random.below(Math.min(MIB, 24 * blockSize));
        const window = noise(length, round + 1);
        const zeroBlock = random.below(24) * blockSize;
        window.subarray(zeroBlock, zeroBlock + blockSize).fill(0);
        const expected = await platformDigest(window, blockSize);
        t.deepEqual(digest(kernels, window, blockSize), expected, `round ${round}`);
        inside.set(window);
        t.deepEqual(digest(kernels, inside.subarray(0, length), blockSize), expected, `round ${round}`);
      }
    });

    test(`zero scan, ${title}: a single bit anywhere is seen`, async (t) => {
      const kernels = await loaded;
      for (const length of [0, 1, 15, 16, 17, 255, 256, 65_537]) {
        const bytes = new Uint8Array(length);
        t.true(kernels.isZero(bytes), `${length} bytes`);
        for (const at of [0, length >> 1, length - 1].filter((index) => index >= 0 && index < length)) {
          bytes[at] = 0x80;
          t.false(kernels.isZero(bytes), `bit at ${at} of ${length}`);
          bytes[at] = 0;
        }
      }
    });

    test(`digest comparison, ${title}: every run that differs, and no other`, async (t) => {
      const kernels = await loaded;
      const random = new Random(11);
      for (const count of [1, 2, 31, 1000, 70_000]) {
        const parent = noise(count * DIGEST_SIZE, count);
        const current = parent.slice();
        const expected: number[] = [];
        for (let block = random.below(3); block < count; block += 2 + random.below(40)) {
          const start = block;
          for (let run = 1 + random.below(3); run > 0 && block < count; run--, block++)
            current[block * DIGEST_SIZE + random.below(DIGEST_SIZE)]! ^= 1 << random.below(8);
          expected.push(start, block - start);
        }
        const runs = new Uint32Array(count + 1);
        const found = kernels.changedRuns(current, parent, runs);
        t.deepEqual([...runs.subarray(0, 2 * found)], expected, `${count} blocks`);
      }
    });
  }
}
