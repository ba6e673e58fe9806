/** Every codec of the runtime both ways: pieces in, an object out, the same bytes back, and damage refused. */
import type { Codec } from "../../src/codecs/codec.js";
import type { Runtime } from "../../src/pipeline/runtime.js";
import { joined, noise, prose } from "../pipeline/volume-bytes.js";
import type { PortableTest } from "./assertions.js";
import { firstDifference } from "./world.js";

const PLAINS: readonly Uint8Array[] = [
  Uint8Array.of(7),
  prose(70_000),
  noise(70_000),
  new Uint8Array(200_000),
  joined(prose(150_000), noise(50_000), new Uint8Array(70_000)),
];

/** The object of `plain`, cut into pieces of `size` that are all encoded at once, as the pipeline may do it. */
async function encode(codec: Codec, plain: Uint8Array, size: number): Promise<Uint8Array> {
  const whole = codec.whole?.(false);
  const isZero = (piece: Uint8Array) => piece.every((byte) => byte === 0);
  if (whole !== undefined) return await whole.encode(plain, isZero(plain));
  const encoder = codec.encoder(plain.length);
  const pieces: Promise<Uint8Array>[] = [];
  for (let at = 0; at < plain.length; at += size) {
    const piece = plain.subarray(at, at + size);
    pieces.push(encoder.encode(piece, isZero(piece)));
  }
  return joined(...(await Promise.all(pieces)), await encoder.finish());
}

/** Writes `stored` in pieces of `size`, each in a buffer that is overwritten once its write resolves. */
async function decode(codec: Codec, stored: Uint8Array, size: number): Promise<Uint8Array> {
  const { readable, writable } = codec.decoder();
  const feeding = feed(writable, stored, size);
  feeding.catch(() => {});
  const plain: Uint8Array[] = [];
  for await (const bytes of readable) plain.push(bytes.slice());
  await feeding;
  return joined(...plain);
}

async function feed(writable: WritableStream<Uint8Array>, stored: Uint8Array, size: number): Promise<void> {
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  const buffer = new Uint8Array(size);
  for (let at = 0; at < stored.length; at += size) {
    const piece = stored.subarray(at, at + size);
    buffer.set(piece);
    await writer.write(buffer.subarray(0, piece.length));
    buffer.fill(0xff);
  }
  await writer.close();
}

export function codecTests(test: PortableTest, { codecs }: Runtime): void {
  test("codecs: zlib, bz2 and zstd are there", (t) => {
    t.deepEqual([...codecs.keys()].sort(), ["bz2", "zlib", "zstd"]);
  });

  for (const [id, codec] of codecs) {
    test(`${id}: what was encoded comes back, in pieces of any size`, async (t) => {
      for (const plain of PLAINS) {
        const stored = await encode(codec, plain, 32_768);
        for (const size of [1, 1000, 65_536].filter((bytes) => stored.length / bytes < 5000)) {
          t.is(firstDifference(await decode(codec, stored, size), plain), -1, `${plain.length} by ${size}`);
        }
      }
    });

    test(`${id}: several objects at a time do not disturb each other`, async (t) => {
      const back = await Promise.all(
        PLAINS.map(async (plain) => await decode(codec, await encode(codec, plain, 16_384), 5000)),
      );
      t.deepEqual(
        back.map((plain, index) => firstDifference(plain, PLAINS[index]!)),
        PLAINS.map(() => -1),
      );
    });

    test(`${id}: an object that ends early is refused`, async (t) => {
      const stored = await encode(codec, prose(3000), 1000);
      for (let length = 0; length < stored.length; length += 1 + (length >> 4))
        await t.throwsAsync(decode(codec, stored.subarray(0, length), 64), undefined, `${length} bytes`);
    });

    test(`${id}: an object with a wrong byte is refused, or still says what it said`, async (t) => {
      const plain = joined(prose(2000), noise(300));
      const stored = await encode(codec, plain, 1000);
      let refused = 0;
      for (let at = 0; at < stored.length; at += 3) {
        const damaged = stored.slice();
        damaged[at]! ^= 0x55;
        const back = await decode(codec, damaged, 4096).catch(() => undefined);
        if (back === undefined) refused++;
        else t.is(firstDifference(back, plain), -1, `byte ${at}`);
      }
      t.true(refused > stored.length / 3 - 5, `${refused} of ${Math.ceil(stored.length / 3)}`);
    });
  }
}
