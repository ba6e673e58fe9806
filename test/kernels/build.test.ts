/** What the compiled kernels consist of, and their entry points that no engine reaches. */
import { readFile } from "node:fs/promises";
import binaryen from "assemblyscript/binaryen";
import test from "ava";
import { decodeBase64 } from "../../src/kernels/base64.js";
import { SCALAR_BINARY, SIMD_BINARY } from "../../src/kernels/binary.gen.js";
import { SCRATCH_OFFSET, STAGING_OFFSET } from "../../src/kernels/kernel-memory.js";
import { compileKernels, type KernelExports, type KernelFlavour } from "../../src/kernels/module.js";
import { noise } from "../pipeline/volume-bytes.js";
import { referenceDigest } from "./engines.js";

const flavours: readonly KernelFlavour[] = ["simd", "scalar"];

/** How many instructions on 128-bit vectors a binary has. */
function countVectorInstructions(binary: Uint8Array): number {
  const module = binaryen.readBinary(binary);
  try {
    return module.emitText().match(/\((v128|[if]\d+x\d+)\./g)?.length ?? 0;
  } finally {
    module.dispose();
  }
}

async function instantiate(flavour: KernelFlavour): Promise<[KernelExports, Uint8Array]> {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 2 });
  const instance = await WebAssembly.instantiate(await compileKernels(flavour), { env: { memory } });
  const kernels = instance.exports as KernelExports;
  kernels.setScratch(SCRATCH_OFFSET);
  return [kernels, new Uint8Array(memory.buffer)];
}

test("the SIMD build uses vectors and the scalar one has none", (t) => {
  t.true(countVectorInstructions(decodeBase64(SIMD_BINARY)) > 500);
  t.is(countVectorInstructions(decodeBase64(SCALAR_BINARY)), 0);
});

test("both builds have one list of exports and import nothing but their memory", async (t) => {
  const [simd, scalar] = await Promise.all(flavours.map(compileKernels));
  t.deepEqual(WebAssembly.Module.exports(simd!), WebAssembly.Module.exports(scalar!));
  for (const module of [simd!, scalar!]) {
    t.deepEqual(WebAssembly.Module.imports(module), [{ module: "env", name: "memory", kind: "memory" }]);
  }
});

test("the module is compiled once for all instances", async (t) => {
  t.is(await compileKernels("simd"), await compileKernels("simd"));
  t.not(await compileKernels("simd"), await compileKernels("scalar"));
});

for (const flavour of flavours) {
  test(`${flavour}: static data and scratch end before what the host puts behind them`, async (t) => {
    const [kernels] = await instantiate(flavour);
    t.true(kernels.dataEnd() <= SCRATCH_OFFSET);
    t.true(SCRATCH_OFFSET + kernels.scratchSize() <= STAGING_OFFSET);
  });

  test(`${flavour}: the embedded binary is the one in the build folder`, async (t) => {
    const file = await readFile(new URL(`../../kernels/${flavour}.wasm`, import.meta.url));
    t.deepEqual(file, Buffer.from(decodeBase64(flavour === "simd" ? SIMD_BINARY : SCALAR_BINARY)));
  });

  test(`${flavour}: a digest fed in pieces, from the empty message on`, async (t) => {
    const [kernels, memory] = await instantiate(flavour);
    const [input, output] = [65536, STAGING_OFFSET];
    const read = () => Buffer.from(memory.subarray(output, output + 32));
    kernels.digestStart();
    kernels.digestFinish(input, 0, output);
    t.is(read().toString("hex"), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (let length = 1; length <= 400; length++) {
      const message = noise(length, length);
      memory.set(message, input);
      const wholeLength = length - (length % 64);
      const split = Math.floor(wholeLength / 128) * 64;
      kernels.digestStart();
      kernels.digestUpdate(input, split);
      kernels.digestUpdate(input + split, wholeLength - split);
      kernels.digestFinish(input + wholeLength, length, output);
      t.deepEqual(read(), referenceDigest(message, length).digests, `${length} bytes`);
    }
  });
}
