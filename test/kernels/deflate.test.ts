/** The DEFLATE kernel: zlib and Python's zlib read its output, which is about as large as zlib's, or smaller, at every level. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import test from "ava";
import fc from "fast-check";
import { decodeBase64 } from "../../src/kernels/base64.js";
import { compileDeflate, type DeflateExports, Deflater } from "../../src/kernels/deflate.js";
import { DEFLATE_BINARY } from "../../src/kernels/deflate-binary.gen.js";
import { DEFLATER_SIZE } from "../../src/kernels/deflate-size.js";
import { KIB, MIB } from "../../src/units.js";
import { joined, noise, prose } from "../pipeline/volume-bytes.js";
import { firstDifference } from "../pipeline/world.js";
import { HARD_CONTENTS, mixedContent } from "./hard-contents.js";

const LEVELS = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const LAST_BLOCK = Uint8Array.of(0x03, 0x00);
const PAGE_SIZE = 64 * KIB;

/** Deflates `pieces` to one raw stream, each with what precedes it as dictionary. */
function deflateAll(deflater: Deflater, pieces: readonly Uint8Array[], level: number): Uint8Array {
  let dictionary = new Uint8Array(0);
  const parts = pieces.map((piece) => {
    const part = deflater.deflate(piece, level, dictionary);
    dictionary = joined(dictionary, piece).slice(-40_000);
    return part;
  });
  return joined(...parts, LAST_BLOCK);
}

function splitAt(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

test("the embedded binary is the one in the build folder, and its memory is exactly as large as needed", async (t) => {
  const file = await readFile(new URL("../../kernels/deflate.wasm", import.meta.url));
  t.deepEqual(file, Buffer.from(decodeBase64(DEFLATE_BINARY)));
  const module = await compileDeflate();
  t.is(module, await compileDeflate());
  t.deepEqual(WebAssembly.Module.imports(module), [{ module: "env", name: "memory", kind: "memory" }]);
  const memory = new WebAssembly.Memory({ initial: DEFLATER_SIZE / PAGE_SIZE });
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as DeflateExports;
  t.is(Math.ceil(exports.memorySize() / PAGE_SIZE) * PAGE_SIZE, DEFLATER_SIZE);
  // The start of the layout.
  t.true(exports.dataEnd() <= 4096);
});

test("every level encodes every kind of content, by pieces of any size, as zlib and Python read it", async (t) => {
  const deflater = await Deflater.load();
  const plains: Uint8Array[] = [];
  const streams: Uint8Array[] = [];
  for (const level of LEVELS)
    for (const content of HARD_CONTENTS)
      for (const size of [content.length + 1, 33_000]) {
        const stream = deflateAll(deflater, splitAt(content, size), level);
        t.is(
          firstDifference(inflateRawSync(stream), content),
          -1,
          `level ${level}, ${content.length} by ${size}`,
        );
        plains.push(content);
        streams.push(stream);
      }
  const sizes = streams.map(({ length }) => length).join(" ");
  const script = `
import hashlib, sys, zlib
data = sys.stdin.buffer.read()
for size in map(int, sys.argv[1].split()):
    print(hashlib.md5(zlib.decompress(data[:size], -15)).hexdigest())
    data = data[size:]
`;
  const output = execFileSync("/usr/bin/python3", ["-c", script, sizes], { input: joined(...streams) });
  const expected = plains.map((plain) => createHash("md5").update(plain).digest("hex"));
  t.deepEqual(output.toString().trimEnd().split("\n"), expected);
});

test("0 to 300 bytes behind dictionaries of 0 to 300 bytes, and random pieces, come back", async (t) => {
  const deflater = await Deflater.load();
  for (let length = 0; length <= 300; length++) {
    const bytes = joined(prose(length >> 1, length), noise(length - (length >> 1), length + 1));
    const pieces = [bytes.subarray(0, length % 7), bytes, bytes];
    const stream = deflateAll(deflater, pieces, LEVELS[length % 9]!);
    t.is(firstDifference(inflateRawSync(stream), joined(...pieces)), -1, `${length} bytes`);
  }
  // Few different bytes make overlapping matches, many short ones, and hash collisions.
  const run = fc.tuple(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 40 }), fc.nat(5));
  fc.assert(
    fc.property(
      fc.array(run, { maxLength: 12 }),
      fc.constantFrom(...LEVELS),
      fc.nat(3),
      (runs, level, shift) => {
        const parts = runs.map(([length, period, seed]) =>
          Uint8Array.from(
            { length },
            (_, index) => (noise(period, seed + 1)[index % period]! >> (2 * shift)) + seed,
          ),
        );
        const stream = deflateAll(deflater, parts, level);
        return firstDifference(inflateRawSync(stream), joined(...parts)) === -1;
      },
    ),
    { numRuns: 150 },
  );
});

test("the result depends on the piece and its dictionary alone", async (t) => {
  const used = await Deflater.load();
  for (const [index, content] of HARD_CONTENTS.entries()) {
    const dictionary = prose(32 * KIB, index);
    used.deflate(noise(MIB, index), 1);
    const again = used.deflate(content, 6, dictionary);
    t.is(firstDifference(again, (await Deflater.load()).deflate(content, 6, dictionary)), -1);
  }
});

test("a piece larger than the instance's input is deflated in steps", async (t) => {
  const content = joined(prose(MIB), noise(MIB / 2), prose(2 * MIB));
  const stream = (await Deflater.load()).deflate(content, 6);
  t.is(firstDifference(inflateRawSync(joined(stream, LAST_BLOCK)), content), -1);
  t.true(stream.length < 0.6 * MIB);
});

test("no level is larger than zlib's (the first three may be by 0.5 %), nor than the level before it", async (t) => {
  const deflater = await Deflater.load();
  const content = mixedContent(MIB);
  let previous = Infinity;
  for (const level of LEVELS) {
    const { length } = deflater.deflate(content, level);
    const zlib = deflateRawSync(content, { level, finishFlush: constants.Z_SYNC_FLUSH }).length;
    t.log(`level ${level}: ${length} bytes, ${(length / zlib).toFixed(4)} of zlib's`);
    t.true(length <= zlib * (level < 4 ? 1.005 : 1), `level ${level}: ${length} bytes, zlib ${zlib}`);
    t.true(length <= previous, `level ${level}`);
    previous = length;
    t.true(deflater.deflate(noise(MIB, level), level).length <= MIB + 100);
  }
});
