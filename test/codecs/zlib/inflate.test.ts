/** Node's zlib decoder that writes to the caller's windows: whole streams, cut ones, damaged ones, and those that go on. */
import { deflateSync, inflateSync } from "node:zlib";
import test from "ava";
import fc from "fast-check";
import type { Decoder } from "../../../src/codecs/codec.js";
import { nodeZlibCodec } from "../../../src/node/codecs/zlib/codec.js";
import { inflateDecoder } from "../../../src/node/codecs/zlib/decoder.js";
import { nodePool } from "../../../src/node/threads/pool.js";
import { joined, noise, prose } from "../../pipeline/volume-bytes.js";

/** Feeds pieces and fills windows side by side until a window is not filled. */
async function decode(
  decoder: Decoder,
  stored: Uint8Array,
  sizes: { readonly piece: number; readonly window: number },
): Promise<Buffer> {
  const feed = async (): Promise<void> => {
    for (let at = 0; at < stored.length || at === 0; at += sizes.piece) {
      const piece = Uint8Array.from(stored.subarray(at, at + sizes.piece));
      await decoder.write(piece, at + sizes.piece >= stored.length);
      // A piece may be reused once it was taken.
      piece.fill(0xff);
    }
  };
  const windows: Uint8Array[] = [];
  const take = async (): Promise<void> => {
    for (;;) {
      const window = new Uint8Array(sizes.window);
      const length = await decoder.fill(window);
      windows.push(window.subarray(0, length));
      if (length < window.length) return;
    }
  };
  try {
    await Promise.all([feed(), take()]);
  } finally {
    decoder.close();
  }
  return Buffer.concat(windows);
}

const zeros = new Uint8Array(70_000);
const CONTENTS = [new Uint8Array(0), noise(1), joined(prose(90_000), zeros, noise(5000)), zeros];

test("whole streams come back, whatever the sizes of pieces and windows", async (t) => {
  for (const content of CONTENTS) {
    const stored = deflateSync(content);
    for (const piece of [1, 97, 1 << 16]) {
      for (const window of [100, 4096, content.length || 1, 1 << 18]) {
        if (content.length / window > 1000) continue;
        const back = await decode(inflateDecoder(), stored, { piece, window });
        t.is(Buffer.compare(back, content), 0, `${content.length} bytes, ${piece}, ${window}`);
      }
    }
  }
});

test("a stream that is cut anywhere is an error, and what came before is right", async (t) => {
  const content = joined(prose(3000), noise(200));
  const stored = deflateSync(content);
  for (let length = 0; length < stored.length; length += 13) {
    const cut = stored.subarray(0, length);
    await t.throwsAsync(decode(inflateDecoder(), cut, { piece: 50, window: 512 }), {
      message: "unexpected end of file",
    });
  }
});

test("bytes behind the end are an error, in the last piece and in one of their own", async (t) => {
  const stored = joined(deflateSync(prose(5000)), Uint8Array.of(0));
  for (const piece of [stored.length, stored.length - 1, 10]) {
    await t.throwsAsync(decode(inflateDecoder(), stored, { piece, window: 700 }), {
      message: "bytes follow the end of the zlib stream",
    });
  }
});

test("damaged streams are read as `inflateSync` reads them, or refused with it", async (t) => {
  const content = joined(prose(2000), noise(300));
  const stored = deflateSync(content);
  const damage = fc.record({
    at: fc.nat(stored.length - 1),
    xor: fc.integer({ min: 1, max: 255 }),
    piece: fc.integer({ min: 1, max: 700 }),
    window: fc.integer({ min: 64, max: 4000 }),
  });
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(damage, async ({ at, xor, piece, window }) => {
      const damaged = Uint8Array.from(stored);
      damaged[at]! ^= xor;
      let expected: Buffer | undefined;
      try {
        expected = inflateSync(damaged);
      } catch {
        refused++;
      }
      const found = await decode(inflateDecoder(), damaged, { piece, window }).catch(() => undefined);
      if (expected === undefined) t.is(found, undefined);
      // `inflateSync` leaves what follows an end that came early.
      else if (found !== undefined) t.is(Buffer.compare(found, expected), 0);
    }),
    { numRuns: 400 },
  );
  t.true(refused > 100, `${refused} were refused`);
});

test("a decoder that is closed ends whoever waits for it", async (t) => {
  const decoder = inflateDecoder();
  const filling = decoder.fill(new Uint8Array(100));
  decoder.close();
  await t.throwsAsync(filling, { message: "the decoder was closed" });
  const other = inflateDecoder();
  const writing = other.write(deflateSync(prose(100)), true);
  other.close();
  await t.throwsAsync(writing, { message: "the decoder was closed" });
});

test("objects are decoded on this thread until others run, and then there", async (t) => {
  const pool = nodePool({ count: 2 });
  try {
    const codec = await nodeZlibCodec({ pool });
    const content = joined(prose(300_000), noise(1000));
    const stored = deflateSync(content);
    for (const started of [false, true]) {
      if (started) pool.start();
      t.is(pool.hasStarted, started);
      const sizes = { piece: 10_000, window: 65_536 };
      const all = await Promise.all([1, 2, 3].map(() => decode(codec.decoder(), stored, sizes)));
      for (const back of all) t.is(Buffer.compare(back, content), 0);
      t.is(pool.hasStarted, started);
      const cut = decode(codec.decoder(), stored.subarray(0, 500), sizes);
      await t.throwsAsync(cut, { message: "unexpected end of file" });
    }
  } finally {
    await pool.close();
  }
});
