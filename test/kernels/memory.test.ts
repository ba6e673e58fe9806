import test from "ava";
import { UsageError } from "../../src/errors.js";
import { MEMORY_SIZE_MAX } from "../../src/kernels/kernel-memory.js";
import { loadKernels } from "../../src/kernels/kernels.js";
import { supportsSimd } from "../../src/kernels/module.js";
import { wasmEngine } from "../../src/kernels/wasm-engine.js";
import { GIB, KIB, MIB } from "../../src/units.js";
import { noise } from "../pipeline/volume-bytes.js";
import { digest, referenceDigest } from "./engines.js";

test("hands out aligned, zeroed ranges that do not touch, up to exactly what was asked for", async (t) => {
  const kernels = await loadKernels({ memorySize: 1000 });
  const first = kernels.allocate(100);
  const second = kernels.allocate(1);
  const third = kernels.allocate(1000 - 192);
  for (const bytes of [first, second, third]) {
    t.is(bytes.byteOffset % 64, 0);
    t.true(bytes.every((byte) => byte === 0));
  }
  t.true(second.byteOffset >= first.byteOffset + first.length);
  t.true(third.byteOffset >= second.byteOffset + second.length);
  t.throws(() => kernels.allocate(1), {
    instanceOf: UsageError,
    message: "Cannot allocate 1 bytes of kernel memory: 0 of 1000 are left",
  });
});

test("a refused allocation takes nothing away", async (t) => {
  const kernels = await loadKernels({ memorySize: 256 });
  for (const size of [257, -1, 0.5, Number.NaN])
    t.throws(() => kernels.allocate(size), { instanceOf: UsageError });
  t.is(kernels.allocate(256).length, 256);
});

test("kernels with no memory for the caller work on what lies outside", async (t) => {
  const kernels = await loadKernels({ memorySize: 0 });
  const window = noise(100_000);
  t.deepEqual(digest(wasmEngine(kernels), window, 4096), referenceDigest(window, 4096));
});

test("refuses a memory that WebAssembly cannot address", async (t) => {
  for (const memorySize of [-1, 0.5, Number.NaN, MEMORY_SIZE_MAX + 1]) {
    await t.throwsAsync(loadKernels({ memorySize }), {
      instanceOf: UsageError,
      message: `Cannot load kernels with memorySize ${memorySize}: it must be a whole number from 0 to ${MEMORY_SIZE_MAX}`,
    });
  }
});

test("keeps the last page below 4 GiB out of reach, so that no end of a range wraps to 0", async (t) => {
  const kernels = await loadKernels({ memorySize: MEMORY_SIZE_MAX });
  const all = kernels.allocate(MEMORY_SIZE_MAX);
  t.true(all.byteOffset + all.length <= 4 * GIB - 64 * KIB);
});

test("takes SIMD where there is some, unless told not to", async (t) => {
  t.true(supportsSimd());
  t.is((await loadKernels({ memorySize: 0 })).flavour, "simd");
  t.is((await loadKernels({ memorySize: 0, simd: true })).flavour, "simd");
  t.is((await loadKernels({ memorySize: 0, simd: false })).flavour, "scalar");
});

for (const simd of [true, false]) {
  test(`hashes and scans 512 MiB into its memory, simd ${simd}`, async (t) => {
    const kernels = await loadKernels({ memorySize: 513 * MIB, simd });
    kernels.allocate(512 * MIB);
    const window = kernels.allocate(20 * 32 * KIB + 77);
    t.true(window.byteOffset >= 512 * MIB);
    t.true(kernels.isZero(window));
    window.set(noise(window.length));
    t.false(kernels.isZero(window));
    t.deepEqual(digest(wasmEngine(kernels), window, 32 * KIB), referenceDigest(window, 32 * KIB));
  });
}
