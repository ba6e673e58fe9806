/**
 * The encoders among the kernels, DEFLATE and zstd, on pieces of this machine's own files, at random levels: each comes
 * back. `ASHLAR_TEST_ENCODER_SECONDS` says how long for each; the long suite takes 20 minutes.
 */
import { inflateRawSync } from "node:zlib";
import test, { type ExecutionContext } from "ava";
import { Deflater } from "../../src/kernels/deflate.js";
import { ZstdFrames } from "../../src/kernels/zstd.js";
import { instantiateFresh } from "../../src/node/codecs/zstd/instance.js";
import { KIB, MIB } from "../../src/units.js";
import { below, someFiles, volumePart } from "./volume-parts.js";

const SECONDS = Number(process.env.ASHLAR_TEST_ENCODER_SECONDS ?? 1);
const DICTIONARY_SIZE = 32 * KIB;
const LAST_BLOCK = Uint8Array.of(0x03, 0x00);

const files = someFiles();

/** Checks pieces until the time is over. @param check encodes the piece of this index, and returns both sizes */
function repeatedly(
  t: ExecutionContext,
  check: (index: number) => { readonly plain: number; readonly encoded: number },
): void {
  t.timeout((SECONDS + 60) * 1000);
  const end = Date.now() + SECONDS * 1000;
  let [count, plainSize, encodedSize] = [0, 0, 0];
  for (; Date.now() < end; count++) {
    const { plain, encoded } = check(count);
    plainSize += plain;
    encodedSize += encoded;
  }
  t.log(
    `${count} pieces of ${files.length} files, ${(plainSize / MIB).toFixed(0)} MiB, to ${((100 * encodedSize) / plainSize).toFixed(1)} %`,
  );
  t.true(count > 0);
}

test("DEFLATE, with and without dictionaries", async (t) => {
  const deflater = await Deflater.load();
  repeatedly(t, (index) => {
    const bytes = volumePart(files, DICTIONARY_SIZE + [MIB, 1 + below(MIB)][index % 2]!);
    const dictionary = bytes.subarray(
      DICTIONARY_SIZE - [DICTIONARY_SIZE, 0, below(DICTIONARY_SIZE)][index % 3]!,
      DICTIONARY_SIZE,
    );
    const piece = bytes.subarray(DICTIONARY_SIZE);
    const level = 1 + below(9);
    const encoded = deflater.deflate(piece, level, dictionary);
    const options = dictionary.length === 0 ? {} : { dictionary };
    const decoded = inflateRawSync(Buffer.concat([encoded, LAST_BLOCK]), options);
    if (Buffer.compare(decoded, piece) !== 0)
      t.fail(`level ${level}, ${piece.length} bytes behind ${dictionary.length}`);
    return { plain: piece.length, encoded: encoded.length };
  });
});

test("zstd, by libzstd", async (t) => {
  const frames = await ZstdFrames.load();
  const decoder = await instantiateFresh();
  repeatedly(t, (index) => {
    const piece = volumePart(files, 1 + below([5 * MIB, 200 * KIB, MIB][index % 3]!));
    const level = 1 + below(3);
    const frame = frames.encode(piece, level);
    if (Buffer.compare(decoder.decompress(frame), piece) !== 0)
      t.fail(`level ${level}, ${piece.length} bytes`);
    return { plain: piece.length, encoded: frame.length };
  });
});
