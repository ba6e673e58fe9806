import { deflateSync } from "node:zlib";
import test from "ava";
import fc from "fast-check";
import { noise } from "../pipeline/volume-bytes.js";
import { flavours } from "./engines.js";

/** RFC 1950 §8.2, as it is written there. */
function naiveAdler32(bytes: Uint8Array, seed = 1): number {
  let first = seed & 0xffff;
  let second = seed >>> 16;
  for (const byte of bytes) {
    first = (first + byte) % 65521;
    second = (second + first) % 65521;
  }
  return second * 65536 + first;
}

for (const kernels of flavours) {
  test(`${kernels.flavour}: known values`, (t) => {
    t.is(kernels.adler32(new Uint8Array()), 1);
    t.is(kernels.adler32(Buffer.from("a")), 0x00620062);
    t.is(kernels.adler32(Buffer.from("abc")), 0x024d0127);
    t.is(kernels.adler32(Buffer.from("Wikipedia")), 0x11e60398);
    t.is(kernels.adler32(new Uint8Array(), 0xfff0fff0), 0xfff0fff0);
  });

  test(`${kernels.flavour}: what zlib writes behind a stream`, (t) => {
    const bytes = noise(3_000_001);
    t.is(
      kernels.adler32(bytes),
      deflateSync(bytes, { level: 1 }).readUInt32BE(deflateSync(bytes, { level: 1 }).length - 4),
    );
  });

  test(`${kernels.flavour}: 0xff throughout, with the largest seed, which comes nearest to an overflow`, (t) => {
    for (const length of [1, 15, 16, 5551, 5552, 5553, 5568, 11104, 100_000, 2_000_000]) {
      const bytes = new Uint8Array(length).fill(0xff);
      for (const seed of [1, 0xfff0fff0]) {
        t.is(kernels.adler32(bytes, seed), naiveAdler32(bytes, seed), `${length} bytes, seed ${seed}`);
      }
    }
  });

  test(`${kernels.flavour}: any bytes in any pieces give the checksum of the whole`, (t) => {
    const memory = kernels.allocate(40_000);
    const pieces = fc.array(fc.oneof(fc.nat(70), fc.nat(12_000)), { maxLength: 5 });
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.boolean(), (lengths, seed, inside) => {
        const whole = noise(
          lengths.reduce((sum, length) => sum + length, 0),
          seed,
        );
        let checksum = 1;
        let offset = 0;
        for (const length of lengths) {
          let piece: Uint8Array = whole.subarray(offset, offset + length);
          if (inside) {
            memory.set(piece, seed % 64);
            piece = memory.subarray(seed % 64, (seed % 64) + length);
          }
          checksum = kernels.adler32(piece, checksum);
          offset += length;
        }
        return checksum === naiveAdler32(whole);
      }),
      { numRuns: 200 },
    );
    t.pass();
  });
}
