import process from "node:process";
import test, { type ExecutionContext } from "ava";
import {
  bytesBy,
  compress,
  decompress,
  hardBlocks,
  machineCode,
  randomBytes,
  text,
} from "./bzip2-samples.js";

function checkRoundTrip(t: ExecutionContext, plain: Uint8Array, { title = "", level = 9 } = {}): Buffer {
  const encoded = compress(plain, level);
  const decoded = decompress(encoded);
  // Not deepEqual, which would print megabytes.
  t.true(decoded.equals(plain), `${title}: ${plain.length} bytes, level ${level}`);
  return encoded;
}

test("nothing is a stream without blocks", (t) => {
  t.is(compress(new Uint8Array(0)).toString("hex"), "425a683917724538509000000000");
  t.is(compress(new Uint8Array(0), 1).toString("hex"), "425a683117724538509000000000");
  t.is(decompress(compress(new Uint8Array(0))).length, 0);
});

test("every length up to 600, of few different bytes and of many", (t) => {
  for (let length = 0; length <= 600; length++) {
    checkRoundTrip(t, randomBytes(length, length + 1, 2));
    checkRoundTrip(t, randomBytes(length, length + 1));
  }
});

test("every period up to 300, whole and cut short", (t) => {
  for (let period = 1; period <= 300; period++) {
    const pattern = randomBytes(period, period);
    checkRoundTrip(t, Buffer.alloc(8 * period, pattern), { title: `period ${period}` });
    checkRoundTrip(t, Buffer.alloc(8 * period + (period >> 1) + 1, pattern), {
      title: `period ${period}, cut`,
    });
  }
});

test("every length of run, between and behind others", (t) => {
  for (let length = 1; length <= 1100; length += length < 520 ? 1 : 29) {
    const run = Buffer.alloc(length, 7);
    checkRoundTrip(t, run, { title: `run of ${length}` });
    checkRoundTrip(t, Buffer.concat([Buffer.from([7, 8]), run, Buffer.from([8, 8]), run, run]));
  }
});

for (const level of [1, 2, 9]) {
  test(`lengths around the end of a block, level ${level}`, (t) => {
    for (const blocks of level === 9 ? [1] : [1, 2, 3]) {
      const end = blocks * level * 100_000;
      for (const length of [end - 5, end - 1, end, end + 1, end + 5]) {
        checkRoundTrip(t, randomBytes(length, length), { level, title: "random" });
      }
      // A run of four takes five bytes of a block, and must not be cut by its end.
      const fourfold = bytesBy(end, (index) => index >>> 2);
      for (let shift = 0; shift < 6; shift++)
        checkRoundTrip(t, fourfold.subarray(shift), { level, title: "runs" });
    }
  });
}

for (const [title, plain] of hardBlocks()) {
  test(`a hard block takes no more than a few times as long as any other: ${title}`, (t) => {
    const before = process.cpuUsage();
    const encoded = compress(plain);
    const { user, system } = process.cpuUsage(before);
    // 60 ms is usual, up to 150 for random bytes; comparing rotations takes minutes for some of these.
    t.true((user + system) / 1000 < 1500, `${(user + system) / 1000} ms`);
    t.true(decompress(encoded).equals(plain));
  });
}

test("several megabytes of text, machine code and zeros, in one stream", async (t) => {
  const code = await machineCode(3_000_000);
  const plain = Buffer.concat([text(2_500_000, 3), code, Buffer.alloc(1_000_000), code]);
  const encoded = checkRoundTrip(t, plain);
  t.true(encoded.length < plain.length / 2);
});

test("the next stream does not depend on the last", (t) => {
  const first = compress(text(5000, 1));
  compress(randomBytes(300_000, 9));
  t.deepEqual(compress(text(5000, 1)), first);
});

test("encoded bytes may come in pieces of any size", (t) => {
  const plain = Buffer.concat([text(40_000, 2), randomBytes(2000, 3), Buffer.alloc(5000)]);
  const encoded = Buffer.concat([compress(plain, 1), compress(plain.subarray(7), 3)]);
  const expected = Buffer.concat([plain, plain.subarray(7)]);
  for (const pieceSize of [1, 2, 3, 7, 255, 256, 257, 4096]) {
    t.true(decompress(encoded, pieceSize).equals(expected), `pieces of ${pieceSize}`);
  }
});
