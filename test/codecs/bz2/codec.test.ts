import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import test from "ava";
import { type Bzip2, bz2Codec } from "../../../src/codecs/bz2/codec.js";
import { Bzip2Kernels } from "../../../src/kernels/bzip2.js";
import type { Bzip2Decompressor } from "../../../src/kernels/bzip2-decompressor.js";
import { nodeBz2Codec } from "../../../src/node/codecs/bz2.js";
import { nodePool } from "../../../src/node/threads/pool.js";
import { MIB } from "../../../src/units.js";
import { joined, noise, prose } from "../../pipeline/volume-bytes.js";
import { firstDifference } from "../../pipeline/world.js";
import { streamOf } from "../stream-of.js";
import { cut, decode, encode, type NamedCodec, piecesOf } from "../streams.js";

const codecs: readonly NamedCodec[] = [
  { title: "portable", codec: bz2Codec(new Bzip2Kernels()) },
  { title: "node", codec: nodeBz2Codec({ pool: nodePool() }) },
];

const bunzip2 = (stored: Uint8Array): Uint8Array =>
  new Uint8Array(execFileSync("bzip2", ["-dc"], { input: stored, maxBuffer: 1 << 28 }));
const bzip2 = (plain: Uint8Array): Uint8Array =>
  new Uint8Array(execFileSync("bzip2", ["-c"], { input: plain, maxBuffer: 1 << 28 }));

const ZEROS = new Uint8Array(200_000);
const CONTENTS: readonly Uint8Array[] = [
  noise(1),
  prose(32_767),
  ZEROS,
  joined(noise(70_000), ZEROS.subarray(0, 70_000), prose(70_000), ZEROS.subarray(0, 33_000)),
];

for (const { title, codec } of codecs) {
  test(`an object of any content in pieces of any size is read by bzip2, ${title}`, async (t) => {
    for (const content of CONTENTS) {
      for (const size of [1000, 32_768, MIB]) {
        const stored = await encode(codec, cut(content, size));
        t.is(firstDifference(bunzip2(stored), content), -1, `${content.length} bytes by ${size}`);
        t.is(firstDifference(await decode(codec, stored, 997), content), -1);
      }
    }
  });

  test(`windows of a MiB and larger, and what bzip2 wrote, ${title}`, async (t) => {
    const content = joined(noise(3 * MIB), prose(2 * MIB), new Uint8Array(2 * MIB), noise(5));
    for (const size of [MIB, 4 * MIB]) {
      t.is(firstDifference(await decode(codec, await encode(codec, cut(content, size))), content), -1);
    }
    t.is(firstDifference(await decode(codec, bzip2(content)), content), -1);
    t.is(
      firstDifference(
        await decode(codec, joined(bzip2(content), bzip2(prose(5)))),
        joined(content, prose(5)),
      ),
      -1,
    );
  });

  test(`an object without pieces is a valid stream of nothing, ${title}`, async (t) => {
    const stored = await encode(codec, []);
    t.is(stored.length, 14);
    t.is(bunzip2(stored).length, 0);
    t.is((await decode(codec, stored)).length, 0);
    await t.throwsAsync(decode(codec, new Uint8Array(0)), { message: /it ends early$/ });
  });

  test(`streams that are cut, that go on or that are none are an error, ${title}`, async (t) => {
    const stored = await encode(codec, [prose(300), new Uint8Array(100)]);
    const boundary = (await piecesOf(codec).start().encode(prose(300), false)).length;
    for (let length = 0; length < stored.length; length++) {
      if (length === boundary) continue;
      await t.throwsAsync(
        decode(codec, stored.subarray(0, length), 40),
        { message: /ends early$/ },
        `cut to ${length}`,
      );
    }
    for (const tail of [Uint8Array.of(0), noise(5), noise(300_000)]) {
      for (const size of [1 << 20, stored.length])
        await t.throwsAsync(decode(codec, joined(stored, tail), size));
    }
    await t.throwsAsync(decode(codec, noise(200_000)), { message: /no bzip2 stream where one should begin/ });
  });

  test(`pieces that a caller overwrites once they are encoded are those that were given, ${title}`, async (t) => {
    const encoder = piecesOf(codec).start();
    const shared = new Uint8Array(new SharedArrayBuffer(3000));
    const pooled = Buffer.from(prose(3000));
    shared.set(noise(3000));
    const pending = [encoder.encode(shared, false), encoder.encode(pooled, false)];
    const stored = joined(...(await Promise.all(pending)));
    t.is(pooled.length, 3000, "the piece is still the caller's");
    shared.fill(0);
    pooled.fill(0);
    t.is(firstDifference(await decode(codec, stored), joined(noise(3000), prose(3000))), -1);
  });

  // Alone, because the memory of the process is measured.
  test.serial(`what comes out waits for a reader, ${title}`, async (t) => {
    // 50 bytes that are 40 MB of zeros.
    const stored = new Uint8Array(await piecesOf(codec).start().encode(new Uint8Array(40_000_000), true));
    t.true(stored.length < 100);
    const { readable, writable } = streamOf(codec.decoder());
    const reader = readable.getReader();
    const writer = writable.getWriter();
    writer.write(stored).catch(() => {});
    const closing = writer.close();
    closing.catch(() => {});
    let size = (await reader.read()).value!.length;
    const before = process.memoryUsage().arrayBuffers;
    await new Promise((resolve) => setTimeout(resolve, 100));
    t.true(process.memoryUsage().arrayBuffers - before < 16 * MIB);
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      t.true(next.value.length <= 65 * 1024);
      size += next.value.length;
    }
    t.is(size, 40_000_000);
    await closing;
  });

  test(`a decoder that is given up lets its writer go, with and without input, ${title}`, async (t) => {
    // Two streams: of one alone nothing comes out before its end is known.
    const stored = new Uint8Array(await encode(codec, [noise(100_000), noise(5000)]));
    for (const readFirst of [false, true]) {
      const { readable, writable } = streamOf(codec.decoder());
      const writer = writable.getWriter();
      writer.closed.catch(() => {});
      const reader = readable.getReader();
      if (readFirst) {
        const waiting = reader.read();
        await writer.write(stored.subarray(0, 10));
        await reader.cancel(new Error("enough"));
        t.true((await waiting).done);
      } else {
        writer.write(stored).catch(() => {});
        await reader.read();
        await reader.cancel(new Error("enough"));
      }
      await t.throwsAsync(writer.write(stored), { message: "the decoder was closed" });
    }
  });

  test(`damage ends the writing, too, ${title}`, async (t) => {
    const { readable, writable } = streamOf(codec.decoder());
    const writer = writable.getWriter();
    writer.closed.catch(() => {});
    const reading = readable.getReader().read();
    await writer.write(noise(1000)).catch(() => {});
    await t.throwsAsync(reading, { message: /no bzip2 stream where one should begin/ });
    await t.throwsAsync(writer.write(noise(1000)), { message: /no bzip2 stream where one should begin/ });
  });
}

/** Counts what it is asked for; fails when told to. */
class CountingBzip2 implements Bzip2 {
  readonly #kernels = new Bzip2Kernels();
  readonly compressorSize: number = this.#kernels.compressorSize;
  readonly decodingSize: number = this.#kernels.decodingSize;
  readonly levels: number[] = [];
  inUse = 0;
  failure: Error | undefined;

  async compress(piece: Uint8Array, level: number): Promise<Uint8Array<ArrayBuffer>> {
    this.levels.push(level);
    if (this.failure !== undefined) throw this.failure;
    return await this.#kernels.compress(piece, level);
  }

  async acquire(): Promise<Bzip2Decompressor> {
    this.inUse++;
    return await this.#kernels.acquire();
  }

  release(decompressor: Bzip2Decompressor): void {
    this.inUse--;
    this.#kernels.release(decompressor);
  }
}

test("pieces of zeros are compressed once for each length, again after a failure", async (t) => {
  const counting = new CountingBzip2();
  const codec = bz2Codec(counting, { level: 3 });
  counting.failure = new Error("no room");
  await t.throwsAsync(piecesOf(codec).start().encode(new Uint8Array(5000), true), { is: counting.failure });
  counting.failure = undefined;
  counting.levels.length = 0;
  for (let object = 0; object < 3; object++) {
    const encoder = piecesOf(codec).start();
    for (const length of [5000, 5000, 300]) {
      const stored = await encoder.encode(new Uint8Array(length), true);
      t.is(firstDifference(await decode(codec, stored), new Uint8Array(length)), -1);
    }
  }
  t.deepEqual(counting.levels, [3, 3]);
});

test("decoders are given back at the end, after damage and when given up", async (t) => {
  const counting = new CountingBzip2();
  const codec = bz2Codec(counting);
  const stored = new Uint8Array(await encode(codec, [noise(300_000), noise(5000)]));
  for (let repeat = 0; repeat < 3; repeat++) {
    await decode(codec, stored);
    await t.throwsAsync(decode(codec, stored.subarray(0, 100_000)));
    const { readable, writable } = streamOf(codec.decoder());
    const writer = writable.getWriter();
    writer.closed.catch(() => {});
    writer.write(stored).catch(() => {});
    const reader = readable.getReader();
    await reader.read();
    await reader.cancel();
    t.is(counting.inUse, 0);
  }
});

test("streams that are decoded at once do not disturb each other", async (t) => {
  const { codec } = codecs[1]!;
  const contents = [
    noise(400_000),
    prose(400_000),
    readFileSync(process.execPath).subarray(0, 900_000),
    noise(9),
  ];
  const decoded = contents.map(async (content) =>
    decode(codec, await encode(codec, cut(content, 100_000)), 5000),
  );
  for (const [index, plain] of (await Promise.all(decoded)).entries()) {
    t.is(firstDifference(plain, contents[index]!), -1);
  }
});
