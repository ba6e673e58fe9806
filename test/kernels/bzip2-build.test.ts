/** What the compiled bzip2 kernel consists of, and that its memory is what the wrapper gives it. */
import { readFile } from "node:fs/promises";
import test from "ava";
import { decodeBase64 } from "../../src/kernels/base64.js";
import { BZIP2_BINARY } from "../../src/kernels/bzip2-binary.gen.js";
import {
  BZIP2_PAGES,
  type Bzip2Exports,
  compileBzip2,
  instantiateBzip2,
  PAGE_SIZE,
} from "../../src/kernels/bzip2-module.js";

test("the embedded binary is the one in the build folder, and imports nothing but its memory", async (t) => {
  const file = await readFile(new URL("../../kernels/bzip2.wasm", import.meta.url));
  t.deepEqual(file, Buffer.from(decodeBase64(BZIP2_BINARY)));
  t.deepEqual(WebAssembly.Module.imports(await compileBzip2()), [
    { module: "env", name: "memory", kind: "memory" },
  ]);
});

test("the module is compiled once", async (t) => {
  t.is(await compileBzip2(), await compileBzip2());
});

test("memory is as large as each role needs, to the page, and bounded", async (t) => {
  const needs = (exports: Bzip2Exports) => ({
    decoder: Math.ceil(exports.decoderMemory() / PAGE_SIZE),
    encoder: Math.ceil(exports.encoderMemory() / PAGE_SIZE),
  });
  for (const role of ["decoder", "encoder"] as const) {
    const { exports, bytes } = instantiateBzip2(await compileBzip2(), role);
    t.deepEqual(needs(exports), { ...BZIP2_PAGES });
    t.is(bytes.length, BZIP2_PAGES[role] * PAGE_SIZE);
    // Where the layout begins.
    t.true(exports.dataEnd() <= 8192);
  }
});
