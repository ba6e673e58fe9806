/** What the zstd codec writes is one frame that the reference implementation and the reference system read. */

import test from "ava";
import { zstdCodec } from "../../../src/codecs/zstd/codec.js";
import { UsageError } from "../../../src/errors.js";
import { nodeZlibCodec } from "../../../src/node/codecs/zlib/codec.js";
import { KIB, MIB } from "../../../src/units.js";
import { joined, noise, prose } from "../../pipeline/volume-bytes.js";
import { encode, wholeOf } from "../streams.js";
import {
  codecs,
  decode,
  hasPythonZstd,
  hasZstd,
  packageZstd,
  pooledZstd,
  pythonDecodes,
  zstd,
} from "./peers.js";

const SIZES = [1, 17, 255, 256, 4096, 65791, 65792, 128 * KIB, 128 * KIB + 1, MIB, 3 * MIB + 5, 8 * MIB];

function contentOf(size: number): Uint8Array {
  const third = Math.ceil(size / 3);
  return joined(prose(third), noise(third), new Uint8Array(third)).subarray(0, size);
}

/** Checks the frame itself: one, with its content size and a checksum that its decoder finds right. */
function describe(frame: Uint8Array): { contentSize: number; hasChecksum: boolean } {
  const descriptor = frame[4]!;
  const view = new DataView(frame.buffer, frame.byteOffset);
  const isSingle = (descriptor & 0x20) !== 0;
  const at = isSingle ? 5 : 6;
  const contentSize = [
    () => (isSingle ? view.getUint8(at) : Number.NaN),
    () => view.getUint16(at, true) + 256,
    () => view.getUint32(at, true),
    () => Number(view.getBigUint64(at, true)),
  ][descriptor >> 6]!();
  return { contentSize, hasChecksum: (descriptor & 0x04) !== 0 };
}

for (const { title, codec } of codecs) {
  test(`${title}: an object given whole becomes one frame`, async (t) => {
    const whole = wholeOf(codec);
    for (const size of SIZES) {
      const plain = contentOf(size);
      const frame = await whole.encode(plain, false);
      t.deepEqual(describe(frame), { contentSize: size, hasChecksum: true });
      t.true((await decode(codec, frame)).equals(plain));
      if (hasZstd) t.true(zstd(["-dc"], frame).equals(plain));
      if (hasPythonZstd) t.true(pythonDecodes(frame).equals(plain));
    }
  });

  test(`${title}: zeros of one length are encoded once, and never mistaken for others`, async (t) => {
    const sizes = [4096, 4097, MIB];
    for (const size of sizes) {
      const zeros = new Uint8Array(size);
      const whole = wholeOf(codec);
      const first = await whole.encode(zeros, false);
      const started = performance.now();
      const again = await whole.encode(zeros, false);
      t.log(`${size}: ${(performance.now() - started).toFixed(2)} ms`);
      t.deepEqual(again, first);
      t.true((await decode(codec, again)).equals(zeros));
      t.is(await whole.encode(zeros, true), await whole.encode(zeros, true));
    }
    const almost = joined(new Uint8Array(MIB - 1), Uint8Array.of(1));
    t.true((await decode(codec, await wholeOf(codec).encode(almost, false))).equals(almost));
  });

  test(`${title}: objects encoded side by side do not mix`, async (t) => {
    const plains = [1, 2, 3, 4, 5].map((seed) => joined(prose(300_000, seed), noise(1000, seed)));
    const whole = wholeOf(codec);
    const frames = await Promise.all(plains.map((plain) => whole.encode(plain, false)));
    const decoded = await Promise.all(frames.map((frame) => decode(codec, frame, 1000)));
    for (const [i, plain] of plains.entries()) t.true(decoded[i]!.equals(plain));
  });
}

test("a higher level makes smaller frames", async (t) => {
  const plain = joined(
    ...Array.from({ length: 40 }, (_, i) => joined(prose(5000, i % 7), noise(500, i % 5))),
  );
  const sizeAt = async (codec: ReturnType<typeof zstdCodec>) =>
    (await wholeOf(codec).encode(plain, false)).length;
  for (const make of [pooledZstd, packageZstd]) {
    t.true((await sizeAt(make({ level: 19 }))) < (await sizeAt(make({ level: 1 }))));
    t.is(await sizeAt(make({})), await sizeAt(make({ level: 3 })));
  }
  const zlibSize = async (level: number) => (await encode(await nodeZlibCodec({ level }), [plain])).length;
  t.true((await zlibSize(9)) < (await zlibSize(1)));
});

test("what is no level is refused", async (t) => {
  for (const level of [0, 23, 1.5, Number.NaN, -1]) {
    const wanted = {
      instanceOf: UsageError,
      message: `Cannot use zstd level ${level}: want a whole number from 1 to 22`,
    };
    t.throws(() => zstdCodec({ level }), wanted);
    t.throws(() => pooledZstd({ level }), wanted);
  }
  await t.throwsAsync(nodeZlibCodec({ level: 10 }), {
    message: "Cannot use zlib level 10: want a whole number from 1 to 9",
  });
});
