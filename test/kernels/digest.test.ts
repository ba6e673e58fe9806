import test from "ava";
import { createSHA256 } from "hash-wasm";
import { UsageError } from "../../src/errors.js";
import { DIGEST_SIZE, KIB, MIB } from "../../src/units.js";
import { noise } from "../pipeline/volume-bytes.js";
import { digest, engines, referenceDigest, simd } from "./engines.js";

/** FIPS 180-2 appendix B and the examples NIST publishes beside it. The empty message is no block: `build.test.ts`. */
const VECTORS: readonly (readonly [message: string, digest: string])[] = [
  ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  [
    "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn" +
      "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
    "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
  ],
  ["a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
];

for (const { title, engine } of engines) {
  test(`${title}: the published vectors, alone and in every lane`, (t) => {
    for (const [message, expected] of VECTORS) {
      for (const count of [1, 8, 9]) {
        const { digests } = digest(engine, Buffer.from(message.repeat(count)), message.length);
        t.is(digests.toString("hex"), expected.repeat(count), `${message.length} bytes × ${count}`);
      }
    }
  });

  test(`${title}: every block size from 1 to 130 and around each multiple of 64`, (t) => {
    const sizes = Array.from({ length: 130 }, (_, index) => index + 1);
    for (let n = 3; n <= 40; n++) sizes.push(64 * n - 9, 64 * n - 8, 64 * n - 1, 64 * n, 64 * n + 1);
    for (const blockSize of sizes) {
      const window = noise(blockSize * 13, blockSize);
      t.deepEqual(
        digest(engine, window, blockSize),
        referenceDigest(window, blockSize),
        `block size ${blockSize}`,
      );
    }
  });

  test(`${title}: every length of a short last block`, (t) => {
    const blockSize = 200;
    for (let rest = 0; rest < blockSize; rest++) {
      for (const whole of [0, 1, 8, 10]) {
        const window = noise(whole * blockSize + rest, rest + 1);
        const expected = referenceDigest(window, blockSize);
        t.deepEqual(digest(engine, window, blockSize), expected, `${whole} blocks and ${rest} bytes`);
      }
    }
  });

  test(`${title}: 1 to 20 blocks, which leave every number of lanes over`, (t) => {
    for (const blockSize of [512, 4 * KIB, 4 * KIB + 1]) {
      for (let count = 1; count <= 20; count++) {
        const window = noise(count * blockSize, count);
        t.deepEqual(digest(engine, window, blockSize), referenceDigest(window, blockSize), `${count} blocks`);
      }
    }
  });

  test(`${title}: block sizes from 4 KiB to 2 MiB, staged, unaligned and larger than the staging area`, (t) => {
    const bytes = noise(5 * MIB + 333);
    const sizes = [4 * KIB, 32 * KIB, 100_000, 128 * KIB, 128 * KIB + 1, MIB - 1, MIB, MIB + 1, 2 * MIB];
    for (const blockSize of sizes) {
      const window = bytes.subarray(3);
      t.deepEqual(
        digest(engine, window, blockSize),
        referenceDigest(window, blockSize),
        `block size ${blockSize}`,
      );
    }
  });

  test(`${title}: zero blocks are counted and have their digest, wherever they lie`, (t) => {
    const blockSize = 1000;
    for (let seed = 1; seed < 40; seed++) {
      const window = noise(21 * blockSize + (seed % 3) * 77, seed);
      const mask = noise(22, seed + 100);
      for (let block = 0; block < 22; block++) {
        if (mask[block]! % 2 === 0) window.subarray(block * blockSize, (block + 1) * blockSize).fill(0);
      }
      t.deepEqual(digest(engine, window, blockSize), referenceDigest(window, blockSize), `seed ${seed}`);
    }
  });

  test(`${title}: zero blocks of one length after another, and larger than the staging area`, (t) => {
    for (const blockSize of [64, 1, 4096, 64, MIB + 1]) {
      const window = Buffer.alloc(2 * blockSize + Math.ceil(blockSize / 2));
      const expected = referenceDigest(window, blockSize);
      t.is(expected.zeroCount, Math.ceil(window.length / blockSize));
      t.deepEqual(digest(engine, window, blockSize), expected, `block size ${blockSize}`);
    }
  });

  test(`${title}: a block with a single bit in its last byte is not zero`, (t) => {
    for (const blockSize of [1, 31, 128, 4 * KIB, MIB + 1]) {
      const window = Buffer.alloc(blockSize);
      window[blockSize - 1] = 1;
      t.deepEqual(digest(engine, window, blockSize), referenceDigest(window, blockSize));
    }
  });

  test(`${title}: a large block that only ends in zeros is not zero`, (t) => {
    const window = Buffer.alloc(2 * MIB + 1);
    window[0] = 1;
    t.deepEqual(digest(engine, window, window.length), referenceDigest(window, window.length));
  });

  test(`${title}: an empty window has no blocks, and a longer digest buffer keeps its rest`, (t) => {
    const digests = Buffer.alloc(3 * DIGEST_SIZE, 0xee);
    t.is(engine.digestInto(new Uint8Array(), 512, digests), 0);
    t.deepEqual(digests, Buffer.alloc(3 * DIGEST_SIZE, 0xee));
    const window = noise(600);
    t.is(engine.digestInto(window, 512, digests), 0);
    const expected = referenceDigest(window, 512).digests;
    t.deepEqual(digests, Buffer.concat([expected, Buffer.alloc(DIGEST_SIZE, 0xee)]));
  });

  test(`${title}: a window and digests in shared memory`, (t) => {
    const blockSize = 4 * KIB;
    const window = new Uint8Array(new SharedArrayBuffer(20 * blockSize + 1));
    window.set(noise(19 * blockSize));
    const digests = new Uint8Array(new SharedArrayBuffer(21 * DIGEST_SIZE));
    t.is(engine.digestInto(window, blockSize, digests), 2);
    t.deepEqual(Buffer.from(digests), referenceDigest(window, blockSize).digests);
  });

  test(`${title}: refuses what cannot be hashed`, (t) => {
    const window = noise(1000);
    for (const blockSize of [0, -1, 1.5, Number.NaN, 2 ** 32]) {
      const error = t.throws(() => engine.digestInto(window, blockSize, new Uint8Array(DIGEST_SIZE)), {
        instanceOf: UsageError,
      });
      t.true(error?.message.startsWith(`Cannot digest blocks of ${blockSize} bytes`));
    }
    t.throws(() => engine.digestInto(window, 500, new Uint8Array(2 * DIGEST_SIZE - 1)), {
      instanceOf: UsageError,
      message: "Cannot digest 2 blocks into 63 bytes: 64 are wanted",
    });
  });
}

test("agrees with an independent WebAssembly implementation", async (t) => {
  const blockSize = 32 * KIB;
  const window = noise(20 * blockSize + 5);
  const other = await createSHA256();
  const { digests } = digest(engines[0]!.engine, window, blockSize);
  for (let index = 0; index <= 20; index++) {
    const block = window.subarray(index * blockSize, (index + 1) * blockSize);
    const expected = other.init().update(block).digest("hex");
    t.is(digests.toString("hex", index * DIGEST_SIZE, (index + 1) * DIGEST_SIZE), expected);
  }
});

test("hashes in place and into place, at any alignment, and changes nothing around", (t) => {
  const blockSize = 4 * KIB;
  const memory = simd.allocate(MIB);
  const digests = simd.allocate(100 * DIGEST_SIZE);
  for (let shift = 0; shift < 20; shift++) {
    const window = memory.subarray(shift, shift + 9 * blockSize + shift);
    window.set(noise(window.length, shift + 1));
    const before = Buffer.from(memory);
    digests.fill(0xee);
    const expected = referenceDigest(window, blockSize);
    const target = digests.subarray(shift, shift + expected.digests.length);
    t.is(simd.digestInto(window, blockSize, target), 0);
    t.deepEqual(Buffer.from(target), expected.digests);
    t.true(before.equals(memory));
    t.true(digests.subarray(0, shift).every((byte) => byte === 0xee));
    t.true(digests.subarray(shift + expected.digests.length).every((byte) => byte === 0xee));
  }
});
