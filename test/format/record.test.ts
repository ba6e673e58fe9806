import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import test from "ava";
import fc from "fast-check";
import { UsageError } from "../../src/errors.js";
import {
  type BackupRecordText,
  decodeRecord,
  type ExportedBackup,
  encodeRecord,
} from "../../src/format/record.js";

function vector(name: string): BackupRecordText {
  const url = new URL(`../../../test/vectors/record/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8")) as BackupRecordText;
}

const toRecord = (json: string): string => Buffer.from(json).toString("base64");

const INCREMENTAL: ExportedBackup & { service: string } = {
  id: "bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee",
  userId: "0a1b",
  projectId: "2c3d",
  volumeId: "11111111-2222-4333-8444-555555555555",
  host: "backup@swift",
  availabilityZone: "zone é",
  container: "volumebackups",
  parentId: "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
  status: "available",
  failReason: "",
  size: 1024,
  name: "Nächtlich 😀 \x7f",
  description: 'tab\tnewline\nand "quotes" \\ \u2028 \x01',
  serviceMetadata: "volume_1/20261122204300/az_nova_backup_b",
  service: "cinder.backup.drivers.swift.SwiftBackupDriver",
  objectCount: 12345,
  dependentCount: 2,
  snapshotId: "99999999-bbbb-4ccc-8ddd-eeeeeeeeeeee",
  dataTimestamp: new Date("2026-11-22T18:56:25Z"),
  restoreVolumeId: "88888888-bbbb-4ccc-8ddd-eeeeeeeeeeee",
  metadata: { key: "wert", ä: "ö" },
  encryptionKeyId: "77777777-bbbb-4ccc-8ddd-eeeeeeeeeeee",
  createdAt: new Date("2026-11-22T20:43:01Z"),
  updatedAt: new Date("1999-01-02T03:04:05Z"),
};

test("reads every field of a record that Cinder made", (t) => {
  t.deepEqual(decodeRecord(vector("incremental").backup_url), INCREMENTAL);
});

test("prints a record as Cinder does, with fractions of a second cut", (t) => {
  const precise = { ...INCREMENTAL, createdAt: new Date("2026-11-22T20:43:01.999Z") };
  t.deepEqual(encodeRecord(precise), vector("incremental"));
});

for (const name of ["full", "incremental", "exported"]) {
  test(`Cinder's record "${name}" is the same after reading and printing`, (t) => {
    const record = vector(name);
    t.deepEqual(encodeRecord({ ...decodeRecord(record.backup_url), service: record.backup_service }), record);
  });
}

const text = fc.string({ unit: "binary" });
const nullableText = fc.option(text);
const second = fc
  .integer({ min: 0, max: Date.parse("9999-12-31T23:59:59Z") / 1000 })
  .map((seconds) => new Date(seconds * 1000));
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });

const exportedBackup = fc.record({
  id: fc.string({ minLength: 1 }),
  userId: nullableText,
  projectId: nullableText,
  volumeId: text,
  host: nullableText,
  availabilityZone: nullableText,
  container: nullableText,
  parentId: nullableText,
  status: nullableText,
  failReason: nullableText,
  size: count,
  name: nullableText,
  description: nullableText,
  serviceMetadata: nullableText,
  service: text,
  objectCount: count,
  dependentCount: count,
  snapshotId: nullableText,
  dataTimestamp: fc.option(second),
  restoreVolumeId: nullableText,
  metadata: fc.dictionary(text, text, { noNullPrototype: true }),
  encryptionKeyId: nullableText,
  createdAt: fc.option(second),
  updatedAt: fc.option(second),
});

test("any backup is the same after printing and reading", (t) => {
  fc.assert(
    fc.property(exportedBackup, (backup) => {
      t.deepEqual(decodeRecord(encodeRecord(backup).backup_url), backup);
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test("Python reads and prints a random record to the same bytes", (t) => {
  const script = `
import base64, json, sys
for line in sys.stdin:
    print(base64.b64encode(json.dumps(json.loads(base64.b64decode(line))).encode()).decode())`;
  // A metadata key that looks like an array index moves to the front in JavaScript: the order, not the content.
  const backups = fc
    .sample(exportedBackup, 200)
    .filter(({ metadata }) => !Object.keys(metadata).some((key) => /^\d+$/.test(key)));
  const urls = backups.map((backup) => encodeRecord(backup).backup_url);
  const output = execFileSync("/usr/bin/python3", ["-c", script], {
    input: `${urls.join("\n")}\n`,
  }).toString();
  t.deepEqual(output.trimEnd().split("\n"), urls);
});

const COMPLETE = {
  id: "b",
  size: 1,
  container: null,
  display_name: null,
  display_description: null,
  service_metadata: "p",
  object_count: 1,
};

test("the least that an import requires is enough", (t) => {
  const backup = decodeRecord(toRecord(JSON.stringify(COMPLETE)));
  t.is(backup.volumeId, "00000000-0000-0000-0000-000000000000");
  t.is(backup.parentId, null);
  t.is(backup.dependentCount, 0);
  t.is(backup.createdAt, null);
  t.deepEqual(backup.metadata, {});
});

test("white space and unknown fields do not matter", (t) => {
  const record = toRecord(JSON.stringify({ ...COMPLETE, driver_info: { x: 1 }, invented: [] }));
  t.is(decodeRecord(`  ${record.replaceAll(/(.{10})/g, "$1\r\n")}\n`).id, "b");
});

const MOMENTS: readonly [string, string][] = [
  ["2026-11-22T18:56:25Z", "2026-11-22T18:56:25.000Z"],
  ["2026-11-22 18:56:25.107061+00:00", "2026-11-22T18:56:25.107Z"],
  ["2026-11-22T18:56:25+02:00", "2026-11-22T16:56:25.000Z"],
  ["2026-11-22T18:56:25.5", "2026-11-22T18:56:25.500Z"],
];

for (const [printed, moment] of MOMENTS) {
  test(`reads the moment ${printed}`, (t) => {
    const record = toRecord(JSON.stringify({ ...COMPLETE, created_at: printed }));
    t.deepEqual(decodeRecord(record).createdAt, new Date(moment));
  });
}

const without = (...names: (keyof typeof COMPLETE)[]): string => {
  const kept = Object.entries(COMPLETE).filter(([name]) => !names.includes(name as keyof typeof COMPLETE));
  return toRecord(JSON.stringify(Object.fromEntries(kept)));
};
const withField = (name: string, value: unknown): string =>
  toRecord(JSON.stringify({ ...COMPLETE, [name]: value }));

const REFUSED: readonly [what: string, record: string, message: string | RegExp][] = [
  ["what is not base64", "?!@#", "Can't decode backup record."],
  ["base64 that was cut", without().slice(0, -3), "Can't decode backup record."],
  ["nothing", "", "Can't parse backup record."],
  ["what is not JSON", toRecord("{"), "Can't parse backup record."],
  ["what is not UTF-8", Buffer.from([0x22, 0xff, 0x22]).toString("base64"), "Can't parse backup record."],
  ["a list", toRecord("[]"), "Can't parse backup record."],
  ["null", toRecord("null"), "Can't parse backup record."],
  ["no id", without("id", "size"), "Provided backup record is missing an id"],
  ["no size", without("size", "container"), "Provided backup record is missing size attribute"],
  [
    "no container and no object count",
    without("object_count", "container"),
    "Driver successfully decoded imported backup data, but there are missing fields (container, object_count).",
  ],
  ["an empty id", withField("id", ""), /field "id" is "", want text/],
  ["a size in quotes", withField("size", "1"), /field "size" is "1", want a whole number/],
  ["a negative size", withField("size", -1), /field "size" is -1/],
  ["a size past 2^53", withField("size", 2 ** 53), /field "size" is 9007199254740992/],
  ["a container that is a number", withField("container", 5), /field "container" is 5, want text or null/],
  [
    "an impossible day",
    withField("created_at", "2026-13-22T18:56:25Z"),
    /field "created_at" is "2026-13-22T/,
  ],
  ["a moment in words", withField("created_at", "yesterday"), /field "created_at" is "yesterday"/],
  ["metadata that is a list", withField("metadata", []), /field "metadata" is \[\]/],
  ["metadata of numbers", withField("metadata", { k: 1 }), /field "metadata" is \{"k":1\}/],
];

for (const [what, record, message] of REFUSED) {
  test(`refuses ${what}`, (t) => {
    t.throws(() => decodeRecord(record), { instanceOf: UsageError, message });
  });
}
