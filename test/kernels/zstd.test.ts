/** The zstd kernel: zstd itself reads its frames, in its own command and in WebAssembly, and they are as small as zstd's. */
import { open, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import process from "node:process";
import test from "ava";
import fc from "fast-check";
import { headerIn } from "../../src/codecs/zstd/frames/frames.js";
import { decodeBase64 } from "../../src/kernels/base64.js";
import { compileZstd, type ZstdExports, ZstdFrames } from "../../src/kernels/zstd.js";
import { ZSTD_BINARY } from "../../src/kernels/zstd-binary.gen.js";
import { zstdFramesSize } from "../../src/kernels/zstd-size.js";
import { instantiateFresh } from "../../src/node/codecs/zstd/instance.js";
import { KIB, MIB } from "../../src/units.js";
import { decode, hasPythonZstd, hasZstd, packageZstd, pythonDecodes, zstd } from "../codecs/zstd/peers.js";
import { joined, noise, prose } from "../pipeline/volume-bytes.js";
import { firstDifference } from "../pipeline/world.js";
import { HARD_CONTENTS, mixedContent } from "./hard-contents.js";

const LEVELS = [1, 2, 3];
const BLOCK = 128 * KIB;

/** Ends of blocks, sizes of headers, and what only a few literals or sequences have. */
const CONTENTS: readonly Uint8Array[] = [
  ...HARD_CONTENTS,
  ...[BLOCK - 1, BLOCK, BLOCK + 1, BLOCK + 9, 255, 256, 257, 65_791, 65_792].map((size) =>
    mixedContent(size),
  ),
  joined(noise(BLOCK, 1), prose(BLOCK), noise(BLOCK, 2), prose(BLOCK), new Uint8Array(BLOCK), prose(1000)),
  // One offset throughout, which makes a table of one symbol.
  joined(...Array.from({ length: 3000 }, (_, index) => joined(noise(3, index + 1), prose(40)))),
  // All byte values, unevenly: the longest descriptions of codes.
  Uint8Array.from(noise(400_000, 9), (byte, index) => (index % 3 === 0 ? byte : byte & 15)),
  // Match lengths beyond a block.
  joined(noise(300_000, 5), noise(300_000, 5)),
];

test("the embedded binary is the one in the build folder, and its memory is within the plan", async (t) => {
  const file = await readFile(new URL("../../kernels/zstd.wasm", import.meta.url));
  t.deepEqual(file, Buffer.from(decodeBase64(ZSTD_BINARY)));
  const module = await compileZstd();
  t.deepEqual(WebAssembly.Module.imports(module), [{ module: "env", name: "memory", kind: "memory" }]);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as ZstdExports;
  for (const length of [0, 1, 100_000, 5 * MIB, exports.inputMax()])
    t.true(exports.memorySize(length) <= zstdFramesSize(length), `${length}`);
  // The start of the layout.
  t.true(exports.dataEnd() <= 4096);
});

test("every level encodes every kind of content, as zstd reads it", async (t) => {
  const frames = await ZstdFrames.load();
  const decoder = await instantiateFresh();
  const portable = packageZstd();
  const all: Uint8Array[] = [];
  for (const level of LEVELS)
    for (const [index, content] of CONTENTS.entries()) {
      const frame = frames.encode(content, level);
      const title = `level ${level}, content ${index}`;
      // The package and the reference system accept no frames without content.
      if (content.length > 0) t.is(firstDifference(decoder.decompress(frame), content), -1, title);
      t.true((await decode(portable, frame)).equals(content), title);
      if (hasPythonZstd && level === 3 && content.length > 0)
        t.true(pythonDecodes(frame).equals(content), title);
      all.push(frame);
    }
  if (!hasZstd) return;
  const plain = zstd(["-dc"], joined(...all));
  t.is(firstDifference(plain, joined(...LEVELS.flatMap(() => CONTENTS))), -1);
});

test("0 to 300 bytes, and random runs, come back", async (t) => {
  const frames = await ZstdFrames.load();
  const decoder = await instantiateFresh();
  for (let length = 1; length <= 300; length++) {
    const bytes = joined(prose(length >> 1, length), noise(length - (length >> 1), length + 1));
    const twice = joined(bytes, bytes);
    for (const plain of [bytes, twice]) {
      const frame = frames.encode(plain, LEVELS[length % 3]!);
      t.is(firstDifference(decoder.decompress(frame), plain), -1, `${length} bytes`);
    }
  }
  // Few different bytes make overlapping matches, many short ones, and hash collisions.
  const run = fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 40 }), fc.nat(5));
  fc.assert(
    fc.property(
      fc.array(run, { minLength: 1, maxLength: 40 }),
      fc.constantFrom(...LEVELS),
      fc.nat(3),
      (runs, level, shift) => {
        const plain = joined(
          ...runs.map(([length, period, seed]) =>
            Uint8Array.from(
              { length },
              (_, index) => (noise(period, seed + 1)[index % period]! >> (2 * shift)) + seed,
            ),
          ),
        );
        return firstDifference(decoder.decompress(frames.encode(plain, level)), plain) === -1;
      },
    ),
    { numRuns: 60 },
  );
});

test("the result depends on the content alone, of any length up to the largest object", async (t) => {
  const used = await ZstdFrames.load();
  used.encode(joined(noise(3 * MIB), mixedContent(MIB)), 3);
  for (const content of [...CONTENTS, joined(prose(2 * MIB), noise(MIB))]) {
    for (const level of LEVELS) {
      const other = (await ZstdFrames.load()).encode(content, level);
      t.is(firstDifference(used.encode(content, level), other), -1);
    }
  }
  const largest = new Uint8Array(16 * MIB);
  largest.set(noise(MIB, 4));
  largest.set(noise(MIB, 4), MIB);
  largest.set(noise(MIB, 4), 15 * MIB);
  const frame = used.encode(largest, 3);
  t.is(headerIn(frame)?.windowSize, 2 * MIB, "what a decoder has to keep");
  t.true(frame.length > 2 * MIB && frame.length < 2.01 * MIB, "what is out of the window is encoded again");
  t.true((await decode(packageZstd(), frame)).equals(largest));
  t.throws(() => used.encode(new Uint8Array(16 * MIB + 1), 3), { instanceOf: RangeError });
});

/** Of a program and of machine code. */
async function realContent(): Promise<Uint8Array> {
  const program = await readFile(createRequire(import.meta.url).resolve("typescript"));
  const file = await open(process.execPath);
  try {
    const code = new Uint8Array(4 * MIB);
    await file.read(code, 0, code.length, 20 * MIB);
    return joined(program.subarray(0, 2 * MIB), code);
  } finally {
    await file.close();
  }
}

test("no level is larger than zstd's by more than 1.5 %, nor than the level before it", async (t) => {
  const frames = await ZstdFrames.load();
  const peer = await instantiateFresh();
  const content = await realContent();
  let previous = Number.POSITIVE_INFINITY;
  for (const level of LEVELS) {
    const { length } = frames.encode(content, level);
    const wanted = peer.compress(content, level).length;
    t.log(`level ${level}: ${length} bytes, ${(length / wanted).toFixed(4)} of zstd's`);
    t.true(length <= 1.015 * wanted, `level ${level}: ${length} bytes, zstd ${wanted}`);
    t.true(length <= previous, `level ${level}`);
    previous = length;
  }
  t.true(frames.encode(noise(MIB), 3).length <= MIB + 100);
});
