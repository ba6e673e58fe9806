import { createHash } from "node:crypto";
import test from "ava";
import fc from "fast-check";
import { fromUtf8, toHex, toUtf8 } from "../../src/bytes.js";
import { IntegrityError } from "../../src/errors.js";
import type { DigestTableHeader } from "../../src/format/digest-table.js";
import { type ByteReader, DigestTableReader } from "../../src/format/digest-table-reader.js";
import { DigestTableWriter } from "../../src/format/digest-table-writer.js";
import { DIGEST_SIZE } from "../../src/units.js";
import { noise } from "../pipeline/volume-bytes.js";

const NAME = "volume_1_sha256file";
const HEADER: DigestTableHeader = {
  backupId: "b-1",
  volumeId: "v-1",
  backupName: "nightly",
  backupDescription: null,
  createdAt: "2026-11-22 18:56:25+00:00",
  blockSize: 32_768,
};
const ZERO_BLOCK = "c35020473aed1b4642cd726cad727b63fff2824ad68cedd7ffb73c7cbd890479";

/** As Python's `json.dumps(…, sort_keys=True, indent=2)` prints the same. */
const TEXT = `{
  "backup_description": null,
  "backup_id": "b-1",
  "backup_name": "nightly",
  "chunk_size": 32768,
  "created_at": "2026-11-22 18:56:25+00:00",
  "sha256s": [
    "${ZERO_BLOCK}",
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff"
  ],
  "version": "1.0.0",
  "volume_id": "v-1"
}`;

async function print(header: DigestTableHeader, pieces: readonly Uint8Array[]): Promise<Uint8Array> {
  const written: Uint8Array[] = [];
  const writer = new DigestTableWriter(header, {
    // A copy: the bytes may be reused once this resolves.
    write: async (bytes) => void written.push(bytes.slice()),
  });
  for (const piece of pieces) await writer.append(piece);
  await writer.finish();
  return Buffer.concat(written);
}

/** Hands `bytes` out in pieces of at most `size`. */
function readerOf(bytes: Uint8Array, size = Number.MAX_SAFE_INTEGER): ByteReader {
  let at = 0;
  return {
    readInto: async (buffer) => {
      const piece = bytes.subarray(at, at + Math.min(size, buffer.length));
      buffer.set(piece);
      at += piece.length;
      return piece.length;
    },
  };
}

interface Parsed {
  readonly reader: DigestTableReader;
  readonly digests: Uint8Array;
}

async function parse(source: ByteReader, count = 1000): Promise<Parsed> {
  const reader = await DigestTableReader.open(source, NAME);
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = new Uint8Array(count * DIGEST_SIZE);
    const read = await reader.readInto(piece);
    pieces.push(piece.subarray(0, read * DIGEST_SIZE));
    if (read < count) return { reader, digests: Buffer.concat(pieces) };
  }
}

const DIGESTS = Buffer.from(
  `${ZERO_BLOCK}000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff`,
  "hex",
);

test("prints the reference system's text", async (t) => {
  t.is(fromUtf8(await print(HEADER, [DIGESTS])), TEXT);
  t.is(fromUtf8(await print(HEADER, [DIGESTS.subarray(0, 32), DIGESTS.subarray(32)])), TEXT);
  t.is(ZERO_BLOCK, createHash("sha256").update(new Uint8Array(32_768)).digest("hex"));
});

test("prints a table of no digests as Python does, and reads it", async (t) => {
  const bytes = await print(HEADER, []);
  t.true(fromUtf8(bytes).includes('"sha256s": [],\n  "version"'));
  const { reader, digests } = await parse(readerOf(bytes));
  t.is(digests.length, 0);
  t.is(reader.volumeId, "v-1");
});

test("reads what it prints, whatever the pieces", async (t) => {
  const header = fc.record({
    backupId: fc.string({ unit: "grapheme" }),
    volumeId: fc.string({ unit: "grapheme" }),
    backupName: fc.option(fc.string({ unit: "grapheme" })),
    backupDescription: fc.option(fc.constantFrom('"sha256s": [', "[]", '\\"sha256s": []')),
    createdAt: fc.string(),
    blockSize: fc.integer({ min: 1, max: 2 ** 40 }),
  });
  const split = fc.record({ count: fc.nat(1200), append: fc.integer({ min: 1, max: 500 }) });
  const read = fc.record({
    bytes: fc.integer({ min: 1, max: 100_000 }),
    digests: fc.integer({ min: 1, max: 600 }),
  });
  await fc.assert(
    fc.asyncProperty(
      header,
      split,
      read,
      async (fields, { count, append }, { bytes: size, digests: batch }) => {
        const digests = noise(count * DIGEST_SIZE, count + 1);
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < digests.length; at += append * DIGEST_SIZE) {
          pieces.push(digests.subarray(at, at + append * DIGEST_SIZE));
        }
        const bytes = await print(fields, pieces);
        const { volumeId, ...rest } = fields;
        const parsed = await parse(readerOf(bytes, size), batch);
        t.deepEqual(parsed.reader.header, rest);
        t.is(Buffer.compare(parsed.digests, digests), 0);
        t.is(parsed.reader.volumeId, volumeId);
        t.is(parsed.reader.count, count);
        t.is(parsed.reader.countBySize(bytes.length, volumeId), count === 0 ? undefined : count);
        const table = JSON.parse(fromUtf8(bytes)) as { sha256s: string[] };
        t.is(table.sha256s.join(""), toHex(digests));
      },
    ),
    { numRuns: 60 },
  );
});

test("copies entries of any layout, between digests that are read, as if all had been printed", async (t) => {
  const digests = noise(1500 * DIGEST_SIZE, 7);
  const usual = await print(HEADER, [digests]);
  const compact = toUtf8(JSON.stringify(JSON.parse(fromUtf8(usual))));
  const header = { ...HEADER, backupName: "another" };
  const wanted = fromUtf8(await print(header, [digests]));
  const steps = fc.array(fc.record({ copied: fc.nat(700), read: fc.nat(40) }), {
    minLength: 3,
    maxLength: 8,
  });
  const property = async (parts: { copied: number; read: number }[], size: number, isUsual: boolean) => {
    const reader = await DigestTableReader.open(readerOf(isUsual ? usual : compact, size), NAME);
    const pieces: Uint8Array[] = [];
    const out = { write: async (bytes: Uint8Array) => void pieces.push(bytes.slice()) };
    const writer = new DigestTableWriter(header, out);
    for (const { copied, read } of parts) {
      await reader.copyTo(writer, copied);
      const piece = new Uint8Array(read * DIGEST_SIZE);
      await writer.append(piece.subarray(0, (await reader.readInto(piece)) * DIGEST_SIZE));
    }
    const left = 1500 - reader.count;
    t.is(await reader.copyTo(writer, 2000), left);
    t.is(reader.volumeId, HEADER.volumeId);
    await writer.finish();
    t.is(fromUtf8(Buffer.concat(pieces)), wanted);
  };
  await fc.assert(fc.asyncProperty(steps, fc.integer({ min: 1, max: 100_000 }), fc.boolean(), property), {
    numRuns: 30,
  });
  const damaged = usual.slice();
  damaged[usual.length - 3010] = 0x41;
  const reader = await DigestTableReader.open(readerOf(damaged), NAME);
  const nowhere = { append: async () => undefined, appendEntries: async () => undefined };
  await t.throwsAsync(reader.copyTo(nowhere, 1500), { instanceOf: IntegrityError, message: /hexadecimal/ });
});

test("reads a table byte by byte", async (t) => {
  const { reader, digests } = await parse(readerOf(toUtf8(TEXT), 1));
  t.is(Buffer.compare(digests, DIGESTS), 0);
  t.is(reader.volumeId, "v-1");
});

test("reads a head longer than the first read", async (t) => {
  const header = { ...HEADER, backupDescription: "long ".repeat(20_000) };
  const { reader, digests } = await parse(readerOf(await print(header, [DIGESTS]), 1000));
  t.is(reader.header.backupDescription, header.backupDescription);
  t.is(digests.length, 2 * DIGEST_SIZE);
});

test("reads any layout of JSON, and keys it does not know", async (t) => {
  const fields = JSON.parse(TEXT) as Record<string, unknown>;
  const spread = TEXT.replaceAll(",", " ,\r\n\t ").replaceAll("[", "[\n\n").replaceAll("]", " \n ]");
  for (const text of [
    JSON.stringify(fields),
    JSON.stringify(fields, null, "\t"),
    `  \n${TEXT}\n\n`,
    spread,
    JSON.stringify({ extra: { a: ["b"] }, ...fields, zebra: 1 }),
    TEXT.replace('"sha256s": [', '"sha256s" : ['),
  ]) {
    for (const size of [1, 7, 1 << 20]) {
      const { reader, digests } = await parse(readerOf(toUtf8(text), size));
      t.is(Buffer.compare(digests, DIGESTS), 0);
      t.is(reader.header.blockSize, 32_768);
      t.is(reader.volumeId, "v-1");
    }
  }
});

test("only the usual layout tells the count by the size", async (t) => {
  const bytes = await print(HEADER, [DIGESTS]);
  const { reader } = await parse(readerOf(bytes));
  t.is(reader.countBySize(bytes.length, "v-1"), 2);
  t.is(reader.countBySize(bytes.length + 72, "v-1"), 3);
  t.is(reader.countBySize(bytes.length + 1, "v-1"), undefined);
  const other = await parse(readerOf(toUtf8(`${TEXT.replace("{", "{ ")}`)));
  for (let size = 0; size < 2000; size++) t.is(other.reader.countBySize(size, "v-1"), undefined);
});

test("reads on as asked, digest by digest, and says 0 from the end on", async (t) => {
  const reader = await DigestTableReader.open(readerOf(toUtf8(TEXT)), NAME);
  const one = new Uint8Array(DIGEST_SIZE + 5);
  t.is(await reader.readInto(new Uint8Array(31)), 0, "no room for a digest");
  t.is(await reader.readInto(one), 1);
  t.is(toHex(one.subarray(0, DIGEST_SIZE)), ZERO_BLOCK);
  t.is(reader.volumeId, undefined);
  t.is(await reader.readInto(new Uint8Array(5 * DIGEST_SIZE)), 1);
  t.is(reader.count, 2);
  for (let i = 0; i < 3; i++) t.is(await reader.readInto(new Uint8Array(DIGEST_SIZE)), 0);
});

const refused: readonly (readonly [string, string, RegExp])[] = [
  ["nothing", "", /it has no "sha256s"/],
  ["no digests", '{"version": "1.0.0"}', /it has no "sha256s"/],
  ["digests that are an object", TEXT.replace("[", "{"), /it has no "sha256s"/],
  [
    "a block size behind the digests",
    `{"sha256s": [], ${TEXT.slice(1).replace(/"sha256s": \[[^\]]*\],/, "")}`,
    /it is not JSON|"chunk_size": it is null/,
  ],
  [
    "no block size",
    TEXT.replace('"chunk_size": 32768,', ""),
    /"chunk_size": it is null, want a non-negative integer/,
  ],
  ["blocks of no bytes", TEXT.replace("32768", "0"), /the block size is 0/],
  ["a block size in text", TEXT.replace("32768", '"32768"'), /"chunk_size": it is "32768"/],
  ["a head that is not JSON", TEXT.replace("{", ""), /it is not JSON/],
  ["another version", TEXT.replace("1.0.0", "1.0.1"), /No support to restore backup version 1.0.1/],
  ["no version", TEXT.replace('"version": "1.0.0",', ""), /No support to restore backup version undefined/],
  ["no volume id", TEXT.replace(',\n  "volume_id": "v-1"', ""), /"volume_id": it is null, want text/],
  ["a tail that is cut", TEXT.slice(0, -1), /it is not JSON/],
  ["a tail with more behind", `${TEXT}}`, /it is not JSON/],
  ["digests in capitals", TEXT.replace("c350", "C350"), /want 64 lower-case hexadecimal digits .*block 0/],
  ["a digest that is short", TEXT.replace("c350", "350"), /want 64 lower-case hexadecimal digits/],
  ["a digest that is long", TEXT.replace("c350", "0c350"), /want 64 lower-case hexadecimal digits in quotes/],
  ["a digest that is null", TEXT.replace(`"${ZERO_BLOCK}"`, "null"), /want a digest in quotes .*block 0/],
  ["a comma too many", TEXT.replace('eff"', 'eff",'), /want a digest in quotes .*block 2/],
  ["a comma in front", TEXT.replace("[", "[,"), /want a digest in quotes .*block 0/],
  [
    "no comma between",
    TEXT.replace(`"${ZERO_BLOCK}",`, `"${ZERO_BLOCK}"`),
    /want a comma between two digests .*block 1/,
  ],
  ["a list that does not end", TEXT.slice(0, TEXT.indexOf("]")), /the table ends early/],
  ["a digest that does not end", TEXT.slice(0, TEXT.indexOf("eff")), /the table ends early/],
];

for (const [title, text, message] of refused) {
  test(`refuses ${title}`, async (t) => {
    for (const size of [1, 1 << 20]) {
      await t.throwsAsync(parse(readerOf(toUtf8(text), size)), { instanceOf: IntegrityError, message });
    }
  });
}

test("does not look for the digests for ever, nor keep an endless tail", async (t) => {
  const endless = { readInto: async (buffer: Uint8Array) => buffer.fill(0x20).length };
  await t.throwsAsync(DigestTableReader.open(endless, NAME), { instanceOf: IntegrityError });
  const start = readerOf(toUtf8(TEXT));
  const reader = await DigestTableReader.open(
    { readInto: async (buffer) => (await start.readInto(buffer)) || endless.readInto(buffer) },
    NAME,
  );
  await t.throwsAsync(reader.readInto(new Uint8Array(3 * DIGEST_SIZE)), {
    instanceOf: IntegrityError,
    message: /too much follows the digests/,
  });
});

test("whatever the bytes, it is a table or an IntegrityError", async (t) => {
  const whole = toUtf8(TEXT);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(whole.length - 1),
      fc.uint8Array({ maxLength: 4 }),
      fc.nat(70),
      async (at, inserted, removed) => {
        const bytes = Uint8Array.from([
          ...whole.subarray(0, at),
          ...inserted,
          ...whole.subarray(at + removed),
        ]);
        try {
          await parse(readerOf(bytes, 50));
        } catch (error) {
          t.true(error instanceof IntegrityError, String(error));
        }
      },
    ),
    { numRuns: 1000 },
  );
  t.pass();
});
