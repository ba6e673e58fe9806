/** The contract of `Codec` (`../codecs/codec.ts`). */
import { type Codec, ZEROS_MIN } from "../codecs/codec.js";
import { damageCases } from "./codec-damage.js";
import { cut, decodeObject, encodeObject, isAllZero, joined } from "./codec-runs.js";
import { type ContractCase, collectCases, type DeclareCase } from "./contract-case.js";
import { CONTENTS, FOREIGN_OBJECTS, FOREIGN_PLAIN, textBytes } from "./samples.js";

/** Around the sizes of pieces, and of the blocks of formats. */
const ZERO_LENGTHS: readonly number[] = [ZEROS_MIN, 100_000, 131_072, 131_073, 262_144, 700_001];

/**
 * Cases for the promises of `Codec`: objects survive pieces, writes and windows of any size; objects that other
 * programs encoded under its id are readable; several can be processed at once; and damaged ones are rejected.
 */
export function codecContract(codec: Codec): readonly ContractCase[] {
  return collectCases((test) => {
    encodingCases(test, codec);
    decodingCases(test, codec);
    ownershipCases(test, codec);
    damageCases(test, codec);
  });
}

function encodingCases(test: DeclareCase, codec: Codec): void {
  test("what was encoded comes back, in pieces of any size", async (t) => {
    for (const plain of CONTENTS) {
      for (const pieceSize of [1000, 32_768]) {
        const stored = await encodeObject(codec, plain, { pieceSize });
        for (const size of [1, 1000, 65_536].filter((bytes) => stored.length / bytes < 5000)) {
          const back = await decodeObject(codec.decoder(), stored, { pieceSize: size });
          t.deepEqual(back, plain, `${plain.length} bytes, written by ${size}`);
        }
      }
    }
  });

  test("an object whose length is not known at its start comes back", async (t) => {
    for (const plain of CONTENTS) {
      const stored = await encodeObject(codec, plain, { pieceSize: 16_384, isLengthKnown: false });
      t.deepEqual(await decodeObject(codec.decoder(), stored, { pieceSize: 5000 }), plain);
    }
  });

  test("zeros come back, declared as zeros or not", async (t) => {
    const zeros = new Uint8Array(100_000);
    for (const declaresZeros of [true, false]) {
      const stored = await encodeObject(codec, zeros, { pieceSize: 32_768, declaresZeros });
      const back = await decodeObject(codec.decoder(), stored, { pieceSize: 4096 });
      t.deepEqual(back, zeros, `declared: ${declaresZeros}`);
    }
  });

  test("zeros that are encoded without being read come back", async (t) => {
    for (const isLengthKnown of [true, false]) {
      const encoder = codec.encoder(isLengthKnown);
      for (const length of ZERO_LENGTHS)
        for (const pieceLength of [32_768, 100_000]) {
          const stored = await encoder.zeros?.(length, pieceLength);
          if (stored === undefined) continue;
          const back = await decodeObject(codec.decoder(length), joined(...stored), { pieceSize: 4096 });
          t.deepEqual(back, new Uint8Array(length), `${length} zeros in pieces of ${pieceLength}`);
        }
    }
  });

  test("an encoding makes no more bytes than its memory plan says", async (t) => {
    for (const plain of CONTENTS) {
      const most = codec.memory.encodedMax(plain.length) + codec.memory.encodedMax(0);
      const { length } = await encodeObject(codec, plain, { pieceSize: plain.length });
      t.true(length <= most, `${length} bytes of ${plain.length}, planned ${most}`);
    }
  });
}

function decodingCases(test: DeclareCase, codec: Codec): void {
  test("a decoder that is given the plain length gives just as much", async (t) => {
    for (const plain of CONTENTS) {
      const stored = await encodeObject(codec, plain, { pieceSize: 32_768 });
      const back = await decodeObject(codec.decoder(plain.length), stored, { pieceSize: 7000 });
      t.deepEqual(back, plain, `${plain.length} bytes`);
    }
  });

  test("windows of any size are filled with the same bytes", async (t) => {
    for (const plain of CONTENTS) {
      const stored = await encodeObject(codec, plain, { pieceSize: 32_768 });
      for (const windowSize of [100, 65_537, plain.length].filter((size) => plain.length / size < 3000)) {
        const back = await decodeObject(codec.decoder(plain.length), stored, { pieceSize: 5000, windowSize });
        t.deepEqual(back, plain, `${plain.length} bytes, read by ${windowSize}`);
      }
    }
  });

  test("what another program made under this id is read", async (t) => {
    const stored = Uint8Array.from(atob(FOREIGN_OBJECTS[codec.id]), (letter) => letter.charCodeAt(0));
    for (const pieceSize of [1, 1000]) {
      const back = await decodeObject(codec.decoder(FOREIGN_PLAIN.length), stored, { pieceSize });
      t.deepEqual(back, FOREIGN_PLAIN, `written by ${pieceSize}`);
    }
  });
}

function ownershipCases(test: DeclareCase, codec: Codec): void {
  test("several objects at a time do not disturb each other", async (t) => {
    const back = await Promise.all(
      CONTENTS.map(async (plain) => {
        const stored = await encodeObject(codec, plain, { pieceSize: 16_384 });
        return await decodeObject(codec.decoder(), stored, { pieceSize: 5000 });
      }),
    );
    for (const [index, plain] of CONTENTS.entries()) t.deepEqual(back[index]!, plain);
  });

  test("pieces are left as they are, and may be reused once they are encoded", async (t) => {
    const plain = textBytes(90_000);
    const encoder = codec.encoder(true);
    const object = encoder.kind === "whole" ? encoder : encoder.start(plain.length);
    const buffer = new Uint8Array(encoder.kind === "whole" ? plain.length : 30_000);
    const encoded: Uint8Array[] = [];
    for (const piece of cut(plain, buffer.length)) {
      buffer.set(piece);
      encoded.push(await object.encode(buffer, isAllZero(buffer)));
      t.deepEqual(buffer, piece, "the piece was changed");
      buffer.fill(0xee);
    }
    if ("finish" in object) encoded.push(await object.finish());
    const back = await decodeObject(codec.decoder(), joined(...encoded), { pieceSize: 5000 });
    t.deepEqual(back, plain);
  });

  const encoder = codec.encoder(true);
  const pieces = encoder.kind === "pieces" ? encoder : undefined;
  test(
    "an encoder that is abandoned does not disturb the next",
    async (t) => {
      const plain = textBytes(40_000);
      const object = pieces!.start(plain.length);
      await object.encode(plain.subarray(0, 20_000), false);
      object.abandon();
      const stored = await encodeObject(codec, plain, { pieceSize: 20_000 });
      t.deepEqual(await decodeObject(codec.decoder(), stored, { pieceSize: 5000 }), plain);
    },
    { skip: pieces === undefined ? "the codec encodes whole objects" : undefined },
  );
}
