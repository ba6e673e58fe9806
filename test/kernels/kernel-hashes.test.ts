/** The hashes for hosts that may not compile bytes, against Node's and the package's. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import test from "ava";
import { createXXHash64 } from "hash-wasm";
import { kernelHashes } from "../../src/kernels/kernel-hashes.js";
import { noise } from "../pipeline/volume-bytes.js";

const module = await WebAssembly.compile(
  await readFile(new URL("../../kernels/hashes.wasm", import.meta.url)),
);
const hashes = kernelHashes(module);
const xxh64 = await createXXHash64();
const bytes = noise(200_000, 5);

test("the module imports nothing but its memory", (t) => {
  t.deepEqual(WebAssembly.Module.imports(module), [{ module: "env", name: "memory", kind: "memory" }]);
});

test("published vectors", (t) => {
  const md5 = hashes.md5();
  t.is(md5.hex(), "d41d8cd98f00b204e9800998ecf8427e");
  const abc = new TextEncoder().encode("abc");
  const ofAbc = [hashes.md5(), hashes.sha256(), hashes.xxh64()].map((hash) => {
    hash.update(abc);
    return hash.hex();
  });
  t.deepEqual(ofAbc, [
    "900150983cd24fb0d6963f7d28e17f72",
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "44bc2cf5ad770999",
  ]);
});

test("every length up to 300, and around the input's 64 KiB, in one piece and in two", (t) => {
  const lengths = [...Array(300).keys(), 65_535, 65_536, 65_537, 131_072 + 31, 200_000];
  for (const length of lengths) {
    const message = bytes.subarray(0, length);
    const expected = {
      md5: createHash("md5").update(message).digest("hex"),
      sha256: createHash("sha256").update(message).digest("hex"),
      xxh64: xxh64.init().update(message).digest(),
    };
    for (const at of [0, 1, 33, Math.floor(length / 2)]) {
      for (const name of ["md5", "sha256", "xxh64"] as const) {
        const hash = hashes[name]();
        hash.update(message.subarray(0, at));
        hash.update(message.subarray(at));
        t.is(hash.hex(), expected[name], `${name} of ${length} bytes cut at ${at}`);
      }
    }
  }
});

test("hashes that run side by side do not disturb each other", (t) => {
  const [first, second, third] = [hashes.md5(), hashes.md5(), hashes.xxh64()];
  const pieces = Array.from({ length: 50 }, (_, index) => bytes.subarray(index * 777, (index + 1) * 777));
  for (const piece of pieces) {
    first.update(piece);
    second.update(piece.subarray(1));
    third.update(piece);
  }
  const whole = bytes.subarray(0, 50 * 777);
  t.is(first.hex(), createHash("md5").update(whole).digest("hex"));
  const second5 = createHash("md5");
  for (const piece of pieces) second5.update(piece.subarray(1));
  t.is(second.hex(), second5.digest("hex"));
  t.is(third.hex(), xxh64.init().update(whole).digest());
});

test("a hash that is started again has forgotten everything", (t) => {
  const hash = hashes.xxh64();
  hash.update(bytes);
  hash.init();
  hash.update(bytes.subarray(0, 99));
  t.is(hash.digest(), xxh64.init().update(bytes.subarray(0, 99)).digest());
});
