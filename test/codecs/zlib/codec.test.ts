import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { deflateRawSync, deflateSync, gzipSync, inflateSync } from "node:zlib";
import test from "ava";
import fc from "fast-check";
import { MIB } from "../../../src/units.js";
import { joined, noise, prose } from "../../pipeline/volume-bytes.js";
import { firstDifference } from "../../pipeline/world.js";
import { streamOf } from "../stream-of.js";
import { codecs, cut, decode, encode, piecesOf } from "../streams.js";

/** Python reads a length, that many bytes of zlib stream, and again; it prints the SHA-256 of each plain text. */
const DECOMPRESS_ALL = `
import hashlib, struct, sys, zlib
data = sys.stdin.buffer.read()
at = 0
while at < len(data):
    (size,) = struct.unpack_from("<I", data, at)
    plain = zlib.decompress(data[at + 4 : at + 4 + size])
    print(len(plain), hashlib.sha256(plain).hexdigest())
    at += 4 + size
`;

const decompressedByPython = (streams: readonly Uint8Array[]): string[] => {
  const input = Buffer.concat(
    streams.flatMap((stream) => [Buffer.from(Uint32Array.of(stream.length).buffer), stream]),
  );
  const output = execFileSync("/usr/bin/python3", ["-c", DECOMPRESS_ALL], { input, encoding: "utf8" });
  return output.trimEnd().split("\n");
};

const ZEROS = new Uint8Array(200_000);
const CONTENTS: readonly Uint8Array[] = [
  noise(1),
  prose(32_767),
  noise(32_769),
  ZEROS,
  joined(noise(70_000), ZEROS.subarray(0, 70_000), prose(70_000), ZEROS.subarray(0, 33_000)),
  joined(ZEROS.subarray(0, 40_000), prose(5), ZEROS.subarray(0, 100_000)),
];
const SIZES = [1, 7, 1000, 32_767, 32_768, 32_769, 65_536, 1 << 20];

for (const { title, codec } of codecs) {
  test(`an object of any content in pieces of any size is one zlib stream, ${title}`, async (t) => {
    for (const content of CONTENTS) {
      for (const size of SIZES) {
        if (content.length / size > 1000) continue;
        const stored = await encode(codec, cut(content, size));
        t.is(firstDifference(inflateSync(stored), content), -1, `${content.length} bytes by ${size}`);
        t.is(firstDifference(await decode(codec, stored, 997), content), -1);
      }
    }
  });

  test(`Python's zlib.decompress, which is what the reference system calls, reads it, ${title}`, async (t) => {
    const streams = await Promise.all(
      CONTENTS.flatMap((content) => [1 << 20, 50_000].map((size) => encode(codec, cut(content, size)))),
    );
    const expected = CONTENTS.flatMap((content) => {
      const line = `${content.length} ${createHash("sha256").update(content).digest("hex")}`;
      return [line, line];
    });
    t.deepEqual(decompressedByPython(streams), expected);
  });

  test(`an object of no pieces is the empty zlib stream, ${title}`, async (t) => {
    const stored = await encode(codec, []);
    t.is(inflateSync(stored).length, 0);
    t.is((await decode(codec, stored)).length, 0);
  });

  test(`an object of many random pieces comes back, ${title}`, async (t) => {
    const piece = fc.record({
      kind: fc.constantFrom("noise", "prose", "zero"),
      length: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 30_000, max: 40_000 })),
      seed: fc.nat(99),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 8 }),
        fc.integer({ min: 1, max: 50_000 }),
        async (kinds, size) => {
          const pieces = kinds.map(({ kind, length, seed }) =>
            kind === "zero"
              ? new Uint8Array(length)
              : kind === "noise"
                ? noise(length, seed + 1)
                : prose(length, seed),
          );
          const stored = await encode(codec, pieces);
          t.is(firstDifference(inflateSync(stored), joined(...pieces)), -1);
          if (stored.length / size < 500)
            t.is(firstDifference(await decode(codec, stored, size), joined(...pieces)), -1);
        },
      ),
      { numRuns: 60 },
    );
  });

  test(`reads what zlib wrote in one piece, and what the other codec wrote, ${title}`, async (t) => {
    for (const content of CONTENTS) {
      t.is(firstDifference(await decode(codec, deflateSync(content)), content), -1);
      for (const other of codecs) {
        const stored = await encode(other.codec, cut(content, 60_000));
        t.is(firstDifference(await decode(codec, stored, 5000), content), -1, other.title);
      }
    }
  });

  test(`streams that are cut at any byte are an error, ${title}`, async (t) => {
    const stored = await encode(codec, [prose(200), new Uint8Array(100)]);
    for (let length = 0; length < stored.length; length++) {
      await t.throwsAsync(decode(codec, stored.subarray(0, length), 40), undefined, `cut to ${length}`);
    }
  });

  test(`flips are an error, or decode to the same bytes, ${title}`, async (t) => {
    const content = joined(prose(300), noise(200));
    const stored = await encode(codec, cut(content, 250));
    let errors = 0;
    for (let at = 0; at < stored.length; at++) {
      const damaged = stored.slice();
      damaged[at]! ^= 1 << (at % 8);
      const plain = await decode(codec, damaged, 100).catch(() => undefined);
      if (plain === undefined) errors++;
      else t.is(firstDifference(plain, content), -1, `byte ${at}`);
    }
    t.true(errors > stored.length * 0.95);
  });

  const canIgnoreTail = title !== "node";

  test(`bytes behind the end are ${canIgnoreTail ? "an error or ignored" : "an error"}, ${title}`, async (t) => {
    const content = prose(500);
    const stored = await encode(codec, [content]);
    for (const tail of [Uint8Array.of(0), noise(5), stored, noise(300_000)]) {
      for (const size of [1 << 20, stored.length, stored.length + 1, 100]) {
        if (tail.length / size > 1000) continue;
        const plain = await decode(codec, joined(stored, tail), size).catch(() => undefined);
        if (canIgnoreTail && plain !== undefined) t.is(firstDifference(plain, content), -1);
        else t.is(plain, undefined, `${tail.length} by ${size}`);
      }
    }
  });

  test(`what is no zlib stream is an error: gzip, raw deflate, text, ${title}`, async (t) => {
    for (const stored of [gzipSync(prose(99)), deflateRawSync(prose(99)), prose(99), new Uint8Array(99)]) {
      await t.throwsAsync(decode(codec, stored));
    }
  });

  // Alone, because the memory of the process is measured.
  test.serial(`what comes out waits for a reader, ${title}`, async (t) => {
    // A thousand to one: 64 MiB from 64 KiB.
    const stored = deflateSync(new Uint8Array(64 * MIB));
    const { readable, writable } = streamOf(codec.decoder());
    const reader = readable.getReader();
    const writer = writable.getWriter();
    let isTaken = false;
    const writing = writer.write(stored).then(() => {
      isTaken = true;
    });
    writing.catch(() => {});
    const { value } = await reader.read();
    t.true(value!.length <= MIB);
    const before = process.memoryUsage().arrayBuffers;
    await new Promise((resolve) => setTimeout(resolve, 200));
    const held = process.memoryUsage().arrayBuffers - before;
    t.true(held < 16 * MIB, `${held} bytes came out unasked`);
    t.false(isTaken && held > 16 * MIB);
    await reader.cancel();
    await writer.abort().catch(() => {});
  });

  test(`a decoder that is given up lets its writer go, ${title}`, async (t) => {
    const { readable, writable } = streamOf(codec.decoder());
    const writer = writable.getWriter();
    const writing = writer.write(deflateSync(new Uint8Array(8 * MIB)));
    writing.catch(() => {});
    writer.closed.catch(() => {});
    await readable.cancel(new Error("enough"));
    await writer.abort(new Error("enough")).catch(() => {});
    await Promise.race([
      writing.catch(() => {}),
      new Promise((_, reject) => setTimeout(() => reject(new Error("still waiting")), 5000)),
    ]);
    t.pass();
  });
}

test("zeros behind zeros, behind a start and behind other lengths are the right bytes each time", async (t) => {
  const { codec } = codecs[1]!;
  const zeros = (length: number): Uint8Array => new Uint8Array(length);
  for (const lengths of [
    [50_000],
    [50_000, 50_000],
    [10, 50_000],
    [50_000, 10, 50_000],
    [10, 10, 10],
    [40_000, 50_000],
  ]) {
    for (let repeat = 0; repeat < 2; repeat++) {
      const pieces = lengths.map(zeros);
      t.is(firstDifference(inflateSync(await encode(codec, pieces)), joined(...pieces)), -1, lengths.join());
      const mixed = [prose(40_000), ...pieces, noise(5), ...pieces];
      t.is(firstDifference(inflateSync(await encode(codec, mixed)), joined(...mixed)), -1, lengths.join());
    }
  }
});

test("pieces cost next to nothing against one piece", async (t) => {
  const { codec } = codecs[1]!;
  const content = prose(8 * MIB);
  const inPieces = await encode(codec, cut(content, MIB));
  t.true(inPieces.length < deflateSync(content).length * 1.05 + 2000);
});

test.serial("on Node no step of output is left to the collector", async (t) => {
  const { codec } = codecs.find(({ title }) => title === "node")!;
  const encoder = piecesOf(codec).start();
  const pieces = Array.from({ length: 40 }, (_, seed) => joined(noise(MIB / 2, seed), prose(MIB / 2, seed)));
  const before = process.memoryUsage().arrayBuffers;
  for (const piece of pieces) encoder.release(await encoder.encode(piece, false));
  const left = process.memoryUsage().arrayBuffers - before;
  t.log(`${(left / MIB).toFixed(1)} MiB`);
  // A step is larger than a MiB. Less than 64 MiB of dead buffers is nothing for which the collector begins.
  t.true(left < 8 * MIB);
});

test.serial("on Node a call of a file does not wait for all pieces that are being encoded", async (t) => {
  const { codec } = codecs.find(({ title }) => title === "node")!;
  const encoder = piecesOf(codec).start();
  const piece = prose(MIB / 2);
  const encoding = Promise.all(Array.from({ length: 32 }, () => encoder.encode(piece, false)));
  const beganMs = performance.now();
  await stat(".");
  const waitedMs = performance.now() - beganMs;
  await encoding;
  const share = waitedMs / (performance.now() - beganMs);
  // In the order of the calls, it would wait until the last pieces.
  t.true(share < 0.6, `waited for ${share.toFixed(2)} of the time`);
});
