/** The contract of `Codec` (`../codecs/codec.ts`). */
import type { Codec } from "../codecs/codec.js";
import { damageCases } from "./codec-damage.js";
import {
  cut,
  decodeObject,
  decodeWindows,
  encodeObject,
  encodePieces,
  isZero,
  joined,
} from "./codec-runs.js";
import { type ContractCase, collectCases, type DeclareCase } from "./contract-case.js";
import { CONTENTS, FOREIGN_OBJECTS, FOREIGN_PLAIN, textBytes } from "./samples.js";

/**
 * What `Codec` promises: objects that come back whole from pieces and writes of any size, that other programs' objects
 * of its id are read, that several are worked on at once, and that what is damaged is refused.
 */
export function codecContract(codec: Codec): readonly ContractCase[] {
  return collectCases((test) => {
    roundTripCases(test, codec);
    ownershipCases(test, codec);
    damageCases(test, codec);
  });
}

function roundTripCases(test: DeclareCase, codec: Codec): void {
  test("what was encoded comes back, in pieces of any size", async (t) => {
    for (const plain of CONTENTS) {
      for (const pieceSize of [1000, 32_768]) {
        const stored = await encodeObject(codec, plain, pieceSize);
        for (const size of [1, 1000, 65_536].filter((bytes) => stored.length / bytes < 5000)) {
          const back = await decodeObject(codec.decoder(), stored, size);
          t.deepEqual(back, plain, `${plain.length} bytes, written by ${size}`);
        }
      }
    }
  });

  test("an object whose length was not said comes back", async (t) => {
    if (codec.whole?.(false) !== undefined) return;
    for (const plain of CONTENTS) {
      const stored = await encodePieces(codec, cut(plain, 16_384));
      t.deepEqual(await decodeObject(codec.decoder(), stored, 5000), plain);
    }
  });

  test("zeros come back, said to be zeros or not", async (t) => {
    const zeros = new Uint8Array(100_000);
    for (const said of [true, false]) {
      const whole = codec.whole?.(true);
      const encoder = codec.encoder(zeros.length);
      const pieces = whole === undefined ? cut(zeros, 32_768) : [];
      const encoded = await Promise.all(pieces.map((piece) => encoder.encode(piece, said)));
      const parts =
        whole === undefined ? [...encoded, await encoder.finish()] : [await whole.encode(zeros, said)];
      const stored = joined(...parts);
      t.deepEqual(await decodeObject(codec.decoder(), stored, 4096), zeros, `said: ${said}`);
    }
  });

  test("a decoder that is told the plain length gives just as much", async (t) => {
    for (const plain of CONTENTS) {
      const stored = await encodeObject(codec, plain, 32_768);
      const back = await decodeObject(codec.decoder(plain.length), stored, 7000);
      t.deepEqual(back, plain, `${plain.length} bytes`);
    }
  });

  test("windows are filled with the same bytes", async (t) => {
    if (codec.windowDecoder === undefined) return;
    for (const plain of CONTENTS) {
      const stored = await encodeObject(codec, plain, 32_768);
      const sizes = { pieceSize: 5000, windowSize: 16_384 };
      const back = await decodeWindows(codec.windowDecoder(plain.length), stored, sizes);
      t.deepEqual(back, plain, `${plain.length} bytes`);
    }
  });

  test("what another program made under this id is read", async (t) => {
    const stored = Uint8Array.from(atob(FOREIGN_OBJECTS[codec.id]), (letter) => letter.charCodeAt(0));
    for (const size of [1, 1000]) {
      const back = await decodeObject(codec.decoder(FOREIGN_PLAIN.length), stored, size);
      t.deepEqual(back, FOREIGN_PLAIN, `written by ${size}`);
    }
  });
}

function ownershipCases(test: DeclareCase, codec: Codec): void {
  test("several objects at a time do not disturb each other", async (t) => {
    const back = await Promise.all(
      CONTENTS.map(async (plain) => {
        const stored = await encodeObject(codec, plain, 16_384);
        return await decodeObject(codec.decoder(), stored, 5000);
      }),
    );
    for (const [index, plain] of CONTENTS.entries()) t.deepEqual(back[index]!, plain);
  });

  test("pieces are left as they are, and may be reused once they are encoded", async (t) => {
    const plain = textBytes(90_000);
    const whole = codec.whole?.(true);
    const encoder = codec.encoder(plain.length);
    const buffer = new Uint8Array(whole === undefined ? 30_000 : plain.length);
    const encoded: Uint8Array[] = [];
    for (const piece of cut(plain, buffer.length)) {
      buffer.set(piece);
      encoded.push(await (whole ?? encoder).encode(buffer, isZero(buffer)));
      t.deepEqual(buffer, piece, "the piece was changed");
      buffer.fill(0xee);
    }
    if (whole === undefined) encoded.push(await encoder.finish());
    const stored = joined(...encoded);
    t.deepEqual(await decodeObject(codec.decoder(), stored, 5000), plain);
  });

  test("an encoding makes no more bytes than its memory plan says", async (t) => {
    for (const plain of CONTENTS) {
      const whole = codec.whole?.(true);
      const most = codec.memory.encodedMax(plain.length) + codec.memory.encodedMax(0);
      const stored =
        whole === undefined
          ? await encodePieces(codec, [plain], plain.length)
          : await whole.encode(plain, isZero(plain));
      t.true(stored.length <= most, `${stored.length} bytes of ${plain.length}, planned ${most}`);
    }
  });

  test("an encoder that is abandoned does not disturb the next", async (t) => {
    const plain = textBytes(40_000);
    if (codec.whole?.(true) === undefined) {
      const encoder = codec.encoder(plain.length);
      await encoder.encode(plain.subarray(0, 20_000), false);
      encoder.abandon?.();
    }
    const stored = await encodeObject(codec, plain, 20_000);
    t.deepEqual(await decodeObject(codec.decoder(), stored, 5000), plain);
  });
}
