/**
 * More than 4 GiB through one instance, and memory near the top of 32 bits: where lengths and pointers that are
 * signed, or counted over an instance's life, go wrong.
 */
import { hash } from "node:crypto";
import test from "ava";
import { loadKernels } from "../../src/kernels/kernels.js";
import { DIGEST_SIZE, GIB, KIB, MIB } from "../../src/units.js";
import { referenceDigest } from "../kernels/engines.js";
import { noise } from "../pipeline/volume-bytes.js";

const BLOCK_SIZE: number = 32 * KIB;
const WINDOW_SIZE: number = 8 * MIB;

test("4.25 GiB through one instance, every digest checked", async (t) => {
  t.timeout(600_000);
  const kernels = await loadKernels({ memorySize: WINDOW_SIZE + MIB });
  const window = kernels.allocate(WINDOW_SIZE);
  const digests = kernels.allocate((WINDOW_SIZE / BLOCK_SIZE) * DIGEST_SIZE);
  window.set(noise(WINDOW_SIZE));
  const counters = new DataView(window.buffer, window.byteOffset, window.length);
  let wrong = 0;
  let blockIndex = 0;
  for (let offset = 0; offset < 4.25 * GIB; offset += WINDOW_SIZE) {
    // The block's ordinal in the volume at its start makes every block of the volume another one.
    for (let at = 0; at < WINDOW_SIZE; at += BLOCK_SIZE) counters.setUint32(at, blockIndex++);
    t.is(kernels.digestInto(window, BLOCK_SIZE, digests), 0);
    for (let at = 0, slot = 0; at < WINDOW_SIZE; at += BLOCK_SIZE, slot += DIGEST_SIZE) {
      const expected = hash("sha256", window.subarray(at, at + BLOCK_SIZE), "buffer");
      if (expected.compare(digests, slot, slot + DIGEST_SIZE) !== 0) wrong++;
    }
  }
  t.is(wrong, 0);
  t.is(blockIndex, (4.25 * GIB) / BLOCK_SIZE);
});

for (const simd of [true, false]) {
  test.serial(`above 2 GiB and up to the last page of memory, simd ${simd}`, async (t) => {
    const kernels = await loadKernels({ memorySize: 4 * GIB - 2 * MIB, simd });
    const below = kernels.allocate(2 * GIB - 2 * MIB);
    const across = kernels.allocate(4 * MIB);
    kernels.allocate(2 * GIB - 6 * MIB);
    const top = kernels.allocate(2 * MIB);
    t.true(below.byteOffset < 2 * GIB && across.byteOffset + across.length > 2 * GIB);
    t.true(top.byteOffset + top.length > 4 * GIB - MIB);
    for (const window of [across, top]) {
      t.true(kernels.isZero(window));
      window.set(noise(window.length - 5));
      const digests = new Uint8Array(60 * DIGEST_SIZE);
      const blocks = window.subarray(0, 60 * BLOCK_SIZE - 3);
      kernels.digestInto(blocks, BLOCK_SIZE, digests);
      const expected = referenceDigest(blocks, BLOCK_SIZE).digests;
      t.deepEqual(Buffer.from(digests.subarray(0, expected.length)), expected);
    }
  });
}

test.serial("a block of 513 MiB, whose length in bits passes 32 bits", async (t) => {
  t.timeout(600_000);
  const block = noise(513 * MIB);
  const expected = hash("sha256", block, "buffer");
  for (const simd of [true, false]) {
    const kernels = await loadKernels({ memorySize: 0, simd });
    const digests = Buffer.alloc(DIGEST_SIZE);
    kernels.digestInto(block, block.length, digests);
    t.deepEqual(digests, expected);
  }
});
