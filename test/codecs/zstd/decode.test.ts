/** Reading what others may have written, and refusing what nobody has. */

import { Buffer } from "node:buffer";
import test from "ava";
import type { Codec } from "../../../src/codecs/codec.js";
import { KIB, MIB } from "../../../src/units.js";
import { joined, noise, prose } from "../../pipeline/volume-bytes.js";
import { streamOf } from "../stream-of.js";
import { wholeOf } from "../streams.js";
import { codecs, decode, frameOf, hasZstd, MAGIC, skippable, zstd } from "./peers.js";

const PLAIN = joined(prose(70_000), noise(3000), prose(70_000, 2), new Uint8Array(200_000), noise(1000, 3));
const EMPTY = new Uint8Array(0);

const FOREIGN: readonly { readonly title: string; readonly args: readonly string[] }[] = [
  { title: "no content size", args: ["-3", "--no-content-size"] },
  { title: "no checksum", args: ["-3", "--no-check"] },
  { title: "several threads", args: ["-3", "-T2", "-B512KiB"] },
  { title: "a long window", args: ["-5", "--long=27"] },
  ...["--fast=10", "-1", "-2", "-4", "-7", "-12", "-16", "-19"].map((level) => ({
    title: level,
    args: [level],
  })),
  { title: "level 22", args: ["--ultra", "-22"] },
];

async function failureOf(codec: Codec, encoded: Uint8Array, pieceSize?: number): Promise<Error | undefined> {
  return await decode(codec, encoded, pieceSize).then(
    () => undefined,
    (error: Error) => error,
  );
}

for (const { title, codec } of codecs) {
  if (hasZstd) {
    test(`${title}: reads what the zstd command writes`, async (t) => {
      const plain = joined(PLAIN, PLAIN.subarray(1000, 50_000), prose(3 * MIB, 5), noise(300_000, 6), PLAIN);
      for (const { title: kind, args } of FOREIGN) {
        const frame = zstd(["-c", ...args], plain);
        for (const pieceSize of [997, 2 * MIB]) {
          t.true((await decode(codec, frame, pieceSize)).equals(plain), `${kind} in pieces of ${pieceSize}`);
        }
      }
    });
  }

  if (hasZstd) {
    test.serial(`${title}: reads matches that reach back more than 64 MiB`, async (t) => {
      const far = noise(80 * MIB, 8);
      const copies = Array.from({ length: 300 }, (_, i) =>
        joined(far.subarray(i * 9973, i * 9973 + 5000), noise(90 + i, i)),
      );
      const plain = joined(far, ...copies);
      const frame = zstd(["-c", "-1", "--long=27"], plain);
      t.true(frame.length < far.length + 300_000);
      t.true((await decode(codec, frame, MIB)).equals(plain));
    });
  }

  test(`${title}: reads several frames, and skips what is to be skipped`, async (t) => {
    const whole = wholeOf(codec);
    const frames = [await whole.encode(PLAIN, false), await whole.encode(prose(10), false)] as const;
    const noted = skippable(Buffer.from("a note that is longer than a header"));
    const data = joined(
      skippable(EMPTY),
      frames[0],
      noted,
      noted,
      frames[1],
      frames[0],
      skippable(Buffer.alloc(1)),
    );
    const expected = joined(PLAIN, prose(10), PLAIN);
    for (const pieceSize of [1, 7, 4096, MIB]) {
      t.true((await decode(codec, data, pieceSize)).equals(expected), `in pieces of ${pieceSize}`);
    }
  });

  test(`${title}: reads blocks of every simple kind, with and without a size`, async (t) => {
    const blocks = [
      { raw: prose(100) },
      { byte: 7, count: 128 * KIB },
      { raw: EMPTY },
      { byte: 0, count: 0 },
    ];
    const expected = joined(prose(100), new Uint8Array(128 * KIB).fill(7));
    t.true((await decode(codec, frameOf(blocks), 1)).equals(expected));
    const single = frameOf([{ raw: prose(100) }], [0x20, 100]);
    t.true((await decode(codec, single, 1)).equals(prose(100)));
    const empty = frameOf([{ raw: EMPTY }], [0x20, 0]);
    t.is((await decode(codec, empty)).length, 0);
    t.is((await decode(codec, empty, 1)).length, 0);
  });

  test(`${title}: a frame that is cut at any byte is refused`, async (t) => {
    const frame = await wholeOf(codec).encode(PLAIN.subarray(60_000, 100_000), false);
    for (let length = 0; length < frame.length; length += length < 40 ? 1 : 61) {
      t.truthy(await failureOf(codec, frame.subarray(0, length)), `${length} of ${frame.length} bytes`);
    }
    t.truthy(await failureOf(codec, frame.subarray(0, -1)));
  });

  test(`${title}: what follows a frame and is none is refused`, async (t) => {
    const frame = await wholeOf(codec).encode(prose(1000), false);
    for (const rest of [
      Buffer.alloc(1),
      Buffer.alloc(4),
      Buffer.from("garbage!"),
      MAGIC,
      frame.subarray(0, 9),
    ]) {
      for (const pieceSize of [MIB, 3])
        t.truthy(await failureOf(codec, joined(frame, rest), pieceSize), `${rest}`);
    }
  });

  test(`${title}: with a checksum, a flipped bit is refused or changes nothing`, async (t) => {
    const plain = joined(prose(2000), noise(200), prose(1000, 3));
    const frame = await wholeOf(codec).encode(plain, false);
    let harmless = 0;
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const damaged = frame.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const decoded = await decode(codec, damaged).catch(() => undefined);
      if (decoded === undefined) continue;
      // Only bits that mean nothing may differ: the checksum's flag makes four bytes follow that are no frame.
      t.true(decoded.equals(plain), `bit ${bit}`);
      harmless++;
    }
    t.log(`${harmless} of ${frame.length * 8} flips decode to the same bytes`);
    t.true(harmless < 8);
  });

  test(`${title}: frames that contradict themselves are refused`, async (t) => {
    const raw = { raw: prose(100) };
    const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
      ["not a frame", Buffer.from("PK\x03\x04 and more"), /not a frame/],
      ["nothing", EMPTY, /ends inside a frame/],
      ["longer than it says", frameOf([raw, raw], [0x20, 150]), /longer|too|corrupt|wrong/i],
      ["shorter than it says", frameOf([raw], [0x20, 150]), /shorter|srcSize|wrong|corrupt/i],
      ["a reserved bit", frameOf([raw], [0x28, 100]), /reserved/],
      ["a dictionary", frameOf([raw], [0x21, 9, 100]), /dictionary/],
      ["a window of 256 MiB", frameOf([raw], [0x00, 18 << 3]), /window of 268435456 bytes/],
      ["a window of 2^41", frameOf([raw], [0x00, 0xff]), /window of/],
      ["a size of 2^63 in one segment", frameOf([raw], [0xe0, 0, 0, 0, 0, 0, 0, 0, 0x80]), /window of/],
      ["a block larger than its window", frameOf([raw], [0x20, 99]), /larger than its frame/],
      ["a block of an unknown type", joined(MAGIC, Uint8Array.of(0x00, 0x38, 0x07, 0, 0)), /unknown type/],
      ["a compressed block of nothing", joined(MAGIC, Uint8Array.of(0x00, 0x38, 0x05, 0, 0)), /./],
    ];
    for (const [kind, data, message] of cases) {
      const failure = await failureOf(codec, data);
      t.regex(failure?.message ?? "no failure", message, kind);
    }
  });

  test(`${title}: plain bytes wait until they are asked for, and cancelling ends it`, async (t) => {
    // 512 MiB in 16 KiB.
    const bomb = frameOf(Array.from({ length: 4096 }, () => ({ byte: 9, count: 128 * KIB })));
    const { readable, writable } = streamOf(codec.decoder());
    const writer = writable.getWriter();
    writer.closed.catch(() => {});
    const reader = readable.getReader();
    let isTaken = false;
    const write = writer.write(bomb).finally(() => {
      isTaken = true;
    });
    write.catch(() => {});
    for (let read = 0; read < MIB; ) read += (await reader.read()).value!.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    t.false(isTaken);
    await reader.cancel(new Error("enough"));
    await t.throwsAsync(write);
  });

  test(`${title}: aborting ends a write that waits`, async (t) => {
    const { readable, writable } = streamOf(codec.decoder());
    const writer = writable.getWriter();
    writer.closed.catch(() => {});
    const write = writer.write(frameOf(Array.from({ length: 64 }, () => ({ byte: 9, count: 128 * KIB }))));
    write.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 20));
    await writer.abort(new Error("stopped")).catch(() => {});
    await t.throwsAsync(write);
    await t.throwsAsync(readable.getReader().read(), { message: "stopped" });
  });
}
