import test, { type ExecutionContext } from "ava";
import { bytesBy, compress, decompress, randomBytes, text } from "./bzip2-samples.js";

const BLOCK_CRC_AT = 10;

function refuse(t: ExecutionContext, encoded: Uint8Array, message: RegExp, title = ""): void {
  const error = t.throws(() => decompress(encoded), undefined, title);
  t.regex(error?.message ?? "", message, title);
}

function flipBit(bytes: Buffer, bit: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[bit >> 3]! ^= 0x80 >> (bit & 7);
  return flipped;
}

test("every flipped bit is noticed, or changes nothing", (t) => {
  for (const plain of [text(3000, 1), randomBytes(500, 2), Buffer.alloc(100_000), Buffer.from("x")]) {
    const encoded = compress(plain, 1);
    const harmless: number[] = [];
    for (let bit = 0; bit < 8 * encoded.length; bit++) {
      try {
        const decoded = decompress(flipBit(encoded, bit));
        t.true(decoded.equals(plain), `bit ${bit}`);
        harmless.push(bit);
      } catch (error) {
        t.regex((error as Error).message, /^Cannot decode bzip2 data: /, `bit ${bit}`);
      }
    }
    // The level's digit (1 to 3, 5, 9), a code length on a way there and back, padding: a few, and never in a CRC.
    t.true(harmless.length < 32, harmless.join(", "));
    t.false(harmless.some((bit) => bit >= 8 * BLOCK_CRC_AT && bit < 8 * (BLOCK_CRC_AT + 4)));
  }
});

test("a wrong CRC of a block, and of the stream, is named", (t) => {
  const encoded = compress(text(3000, 1));
  for (let bit = 0; bit < 32; bit++) {
    refuse(t, flipBit(encoded, 8 * BLOCK_CRC_AT + bit), /a block's CRC does not match$/);
  }
  const empty = compress(new Uint8Array(0));
  for (let bit = 0; bit < 32; bit++) refuse(t, flipBit(empty, 80 + bit), /the stream's CRC does not match$/);
});

test("every truncation is refused", (t) => {
  const encoded = Buffer.concat([compress(text(3000, 1)), compress(randomBytes(300, 2))]);
  const boundary = compress(text(3000, 1)).length;
  for (let length = 0; length < encoded.length; length++) {
    if (length !== boundary) refuse(t, encoded.subarray(0, length), /: it ends early$/, `${length} bytes`);
  }
});

test("bytes behind the end are refused unless they are a stream", (t) => {
  const encoded = compress(text(3000, 1));
  refuse(
    t,
    Buffer.concat([encoded, Buffer.from([0])]),
    /it ends early|no bzip2 stream where one should begin/,
  );
  refuse(t, Buffer.concat([encoded, Buffer.alloc(512)]), /no bzip2 stream where one should begin/);
  refuse(t, Buffer.concat([encoded, Buffer.from("BZh0")]), /no bzip2 stream where one should begin/);
  refuse(t, Buffer.concat([encoded, Buffer.from("BZh9")]), /it ends early$/);
});

test("what is no bzip2 is refused", (t) => {
  refuse(t, text(3000, 1), /no bzip2 stream where one should begin/);
  refuse(t, randomBytes(100_000, 1), /no bzip2 stream where one should begin/);
  refuse(t, Buffer.concat([Buffer.from("BZh9"), text(300, 1)]), /neither a block nor the end/);
});

test("a randomised block is refused by its name", (t) => {
  refuse(t, flipBit(compress(text(3000, 1)), 8 * (BLOCK_CRC_AT + 4)), /a randomised block/);
});

test("a block is held to the level of its stream", (t) => {
  const encoded = compress(bytesBy(150_000, (index) => (index * index) >>> 7));
  encoded[3] = 0x31;
  refuse(t, encoded, /a block is longer than its stream allows$/);
});

test("a decoder that has failed starts anew", (t) => {
  const plain = text(3000, 1);
  const encoded = compress(plain);
  for (const length of [3, 20, 100, encoded.length - 3]) {
    t.throws(() => decompress(encoded.subarray(0, length)));
    t.true(decompress(encoded).equals(plain));
  }
});
