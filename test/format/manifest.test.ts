import test from "ava";
import fc from "fast-check";
import { fromUtf8, toUtf8 } from "../../src/bytes.js";
import { IntegrityError } from "../../src/errors.js";
import { type Manifest, parseManifest, printManifest } from "../../src/format/manifest.js";

const NAME = "volume_1_metadata";
const MD5 = "0123456789abcdef0123456789abcdef";

const MANIFEST: Manifest = {
  backupId: "b-1",
  volumeId: "v-1",
  backupName: 'Müller\'s "daily" 😀',
  backupDescription: null,
  createdAt: "2026-11-22 18:56:25.107061+00:00",
  parentId: "b-0",
  volumeMetadata: '{"version": 2}',
  objects: [
    { name: "volume_1-00001", offset: 0, length: 131_072, contentMd5: MD5, compression: "zlib" },
    { name: "volume_1-00002", offset: 262_144, length: 77, contentMd5: MD5, compression: "none" },
  ],
};

/** As Python's `json.dumps(…, sort_keys=True, indent=2)` prints the same. */
const TEXT = `{
  "backup_description": null,
  "backup_id": "b-1",
  "backup_name": "M\\u00fcller's \\"daily\\" \\ud83d\\ude00",
  "created_at": "2026-11-22 18:56:25.107061+00:00",
  "objects": [
    {
      "volume_1-00001": {
        "compression": "zlib",
        "length": 131072,
        "md5": "${MD5}",
        "offset": 0
      }
    },
    {
      "volume_1-00002": {
        "compression": "none",
        "length": 77,
        "md5": "${MD5}",
        "offset": 262144
      }
    }
  ],
  "parent_id": "b-0",
  "version": "1.0.0",
  "volume_id": "v-1",
  "volume_meta": "{\\"version\\": 2}"
}`;

test("prints the reference system's text", (t) => {
  t.is(fromUtf8(printManifest(MANIFEST)), TEXT);
});

test("prints an empty list of objects as Python does", (t) => {
  const text = fromUtf8(printManifest({ ...MANIFEST, objects: [], parentId: null, volumeMetadata: null }));
  t.true(text.includes('\n  "objects": [],\n  "parent_id": null,\n'));
  t.true(text.endsWith('"volume_meta": null\n}'));
});

test("reads what it prints", (t) => {
  t.deepEqual(parseManifest(toUtf8(TEXT), NAME), MANIFEST);
  const text = fc.string({ unit: "grapheme" });
  const object = fc.record({
    offset: fc.nat(2 ** 45),
    length: fc.integer({ min: 1, max: 2 ** 40 }),
    contentMd5: fc.constant(MD5),
    compression: fc.constantFrom("none", "zlib", "gzip", "lz4"),
  });
  const manifest = fc.record({
    backupId: text,
    volumeId: text,
    backupName: fc.option(text),
    backupDescription: fc.option(text),
    createdAt: text,
    parentId: fc.option(text),
    volumeMetadata: fc.option(text),
    objects: fc.array(object).map((list) => list.map((fields, i) => ({ name: `volume_1-${i}`, ...fields }))),
  });
  fc.assert(fc.property(manifest, (value) => t.deepEqual(parseManifest(printManifest(value), NAME), value)));
});

function changed(
  change: (fields: Record<string, unknown>, first: Record<string, unknown>) => void,
): Uint8Array {
  const fields = JSON.parse(TEXT) as Record<string, unknown>;
  const [entry] = fields.objects as Record<string, Record<string, unknown>>[];
  change(fields, entry!["volume_1-00001"]!);
  return toUtf8(JSON.stringify(fields));
}

test("reads any layout, unknown keys, and a manifest without what may be absent", (t) => {
  const variants = [
    changed(() => {}),
    toUtf8(JSON.stringify(JSON.parse(TEXT), null, "\t")),
    toUtf8(`\n ${TEXT}\r\n`),
    changed((fields, first) => {
      fields.extra_metadata = { anything: [1, 2] };
      first.stored_size = 12;
    }),
  ];
  for (const bytes of variants) t.deepEqual(parseManifest(bytes, NAME), MANIFEST);
  const sparse = changed((fields) => {
    for (const key of ["backup_name", "backup_description", "parent_id", "volume_meta"]) delete fields[key];
  });
  t.deepEqual(parseManifest(sparse, NAME), {
    ...MANIFEST,
    backupName: null,
    backupDescription: null,
    parentId: null,
    volumeMetadata: null,
  });
});

test("refuses another version in the reference system's words", (t) => {
  for (const [version, shown] of [
    ["1.0.1", "1.0.1"],
    ["2.0.0", "2.0.0"],
    [1, "1"],
    [null, "null"],
  ] as const) {
    const bytes = changed((fields) => {
      fields.version = version;
    });
    t.throws(() => parseManifest(bytes, NAME), {
      instanceOf: IntegrityError,
      message: `No support to restore backup version ${shown} (object "${NAME}")`,
    });
  }
});

const refused: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ["nothing", new Uint8Array(0), /it is not JSON/],
  ["text that is cut", toUtf8(TEXT.slice(0, -1)), /it is not JSON/],
  ["two texts", toUtf8(TEXT + TEXT), /it is not JSON/],
  ["bytes that are not UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d), /it is not JSON/],
  ["a byte order mark", Uint8Array.of(0xef, 0xbb, 0xbf, ...toUtf8(TEXT)), /it is not JSON/],
  ["a list", toUtf8("[]"), /it is not a JSON object/],
  ["null", toUtf8("null"), /it is not a JSON object/],
  [
    "a backup id that is a number",
    changed((fields) => void Object.assign(fields, { backup_id: 7 })),
    /"backup_id": it is 7, want text/,
  ],
  ["no volume id", changed((fields) => void delete fields.volume_id), /"volume_id": it is null, want text/],
  [
    "a name that is a list",
    changed((fields) => void Object.assign(fields, { backup_name: [] })),
    /"backup_name": it is \[\], want text/,
  ],
  ["no objects", changed((fields) => void delete fields.objects), /"objects" is not an array/],
  [
    "objects in an object",
    changed((fields) => void Object.assign(fields, { objects: {} })),
    /"objects" is not an array/,
  ],
  [
    "an entry without a name",
    changed((fields) => void Object.assign(fields, { objects: [{}] })),
    /is not one named object/,
  ],
  [
    "an entry that is null",
    changed((fields) => void Object.assign(fields, { objects: [null] })),
    /is not one named object/,
  ],
  [
    "an entry of two names",
    changed((fields) => void Object.assign(fields, { objects: [{ a: {}, b: {} }] })),
    /is not one named object/,
  ],
  [
    "an entry whose value is text",
    changed((fields) => void Object.assign(fields, { objects: [{ volume_1: "x" }] })),
    /is not one named object/,
  ],
  [
    "a negative offset",
    changed((_, first) => void Object.assign(first, { offset: -1 })),
    /"offset": it is -1, want a non-negative integer/,
  ],
  [
    "an offset in text",
    changed((_, first) => void Object.assign(first, { offset: "0" })),
    /"offset": it is "0"/,
  ],
  ["half a byte", changed((_, first) => void Object.assign(first, { length: 1.5 })), /"length": it is 1.5/],
  [
    "a length that a double does not hold",
    changed((_, first) => void Object.assign(first, { length: 2 ** 53 })),
    /"length": it is 9007199254740992/,
  ],
  [
    "an end that a double does not hold",
    changed((_, first) => void Object.assign(first, { length: 2, offset: 2 ** 53 - 1 })),
    /Cannot read manifest: object has length 2/,
  ],
  [
    "an object of no bytes",
    changed((_, first) => void Object.assign(first, { length: 0 })),
    /object has length 0/,
  ],
  [
    "no compression",
    changed((_, first) => void delete first.compression),
    /"compression": it is null, want text/,
  ],
  [
    "an MD5 in capitals",
    changed((_, first) => void Object.assign(first, { md5: MD5.toUpperCase() })),
    /md5 is "0123456789ABCDEF/,
  ],
  [
    "a short MD5",
    changed((_, first) => void Object.assign(first, { md5: MD5.slice(1) })),
    /want 32 hexadecimal digits/,
  ],
  [
    "an object listed twice",
    toUtf8(TEXT.replaceAll("volume_1-00002", "volume_1-00001")),
    /an object is listed twice .*"volume_1-00001"/,
  ],
  [
    "an object of another backup",
    toUtf8(TEXT.replaceAll("volume_1-00002", "volume_2-00002")),
    /does not start with the backup's prefix .*"volume_2-00002"/,
  ],
];

for (const [title, bytes, message] of refused) {
  test(`refuses ${title}`, (t) => {
    t.throws(() => parseManifest(bytes, NAME), { instanceOf: IntegrityError, message });
  });
}

test("whatever the bytes, it is a manifest or an IntegrityError", (t) => {
  const whole = toUtf8(TEXT);
  fc.assert(
    fc.property(
      fc.nat(whole.length - 1),
      fc.uint8Array({ maxLength: 4 }),
      fc.nat(4),
      (at, inserted, removed) => {
        const bytes = Uint8Array.from([
          ...whole.subarray(0, at),
          ...inserted,
          ...whole.subarray(at + removed),
        ]);
        try {
          parseManifest(bytes, NAME);
        } catch (error) {
          t.true(error instanceof IntegrityError, String(error));
        }
      },
    ),
    { numRuns: 1000 },
  );
  t.pass();
});
