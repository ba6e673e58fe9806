/** What a damaged or hostile store serves in place of manifests and lists costs little, and a stop is heard. */
import test from "ava";
import { openRepository, type SkippedBackup } from "../../../src/chain/repository.js";
import { IntegrityError, StorageError } from "../../../src/errors.js";
import { parseManifest, parseManifestInTurns, printManifest } from "../../../src/format/manifest.js";
import { nodeHashes } from "../../../src/node/digests/hashes.js";
import { SinkLayer } from "../../../src/sinks/layers/layer.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import { parseXml } from "../../../src/sinks/s3/xml.js";
import type { ObjectReader, OpenOptions } from "../../../src/sinks/sink.js";
import { SwiftSink } from "../../../src/sinks/swift/sink.js";
import { listNames, putObject } from "../../../src/testing/objects.js";
import { FakeClient, fakeTime } from "../../sinks/http/fake-client.js";

const PREFIX = "volume_v/20260101000000/az_nova_backup_b";
const NAME = `${PREFIX}_metadata`;
const MIB = 1024 * 1024;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const IDENTITY = {
  ...{ backupId: "b", volumeId: "v", backupName: null, backupDescription: null, parentId: null },
  ...{ createdAt: "2026-01-01 00:00:00+00:00", volumeMetadata: null },
};
const md5 = "0".repeat(32);
const entryOf = (index: number) => ({
  ...{ name: `${PREFIX}-${String(index + 1).padStart(5, "0")}`, offset: index, length: 1 },
  ...{ contentMd5: md5, compression: "none" },
});

/** A manifest of so many objects. */
const manifestOf = (count: number): Uint8Array =>
  printManifest({ ...IDENTITY, objects: Array.from({ length: count }, (_, index) => entryOf(index)) });

/** A good manifest, with one part exchanged. */
function changed(from: string, to: string): Uint8Array {
  const text = new TextDecoder().decode(manifestOf(2));
  if (!text.includes(from)) throw new Error(`there is no ${from}`);
  return utf8(text.replace(from, to));
}

const HOSTILE: readonly (readonly [title: string, make: () => Uint8Array, message: RegExp])[] = [
  [
    "nested arrays",
    () => utf8(`{"volume_meta": ${"[".repeat(4 * MIB)}`),
    /it is nested more than 32 levels deep/,
  ],
  ["nested objects", () => utf8('{"a":'.repeat(MIB)), /it is nested more than 32 levels deep/],
  [
    "nesting in an entry",
    () => changed('"compression": "none"', `"compression": ${"[".repeat(4 * MIB)}`),
    /it is nested more than 32 levels deep/,
  ],
  [
    "an entry of megabytes",
    () => changed('"compression": "none"', `"compression": "${"x".repeat(4 * MIB)}"`),
    /an entry of "objects" has more than 65536 bytes/,
  ],
  [
    "an entry of many keys",
    () => changed('"compression": "none"', Array.from({ length: 100_000 }, (_, i) => `"${i}": 1`).join()),
    /an entry of "objects" has more than 65536 bytes/,
  ],
  [
    "a repeated entry",
    () =>
      changed(
        '"objects": [',
        `"objects": [${`{"${PREFIX}-00001": {"compression": "none", "length": 1, "md5": "${md5}", "offset": 0}},`.repeat(20_000)}`,
      ),
    /an object is listed twice/,
  ],
  ["text beside the objects", () => utf8(`{"x": "${"y".repeat(9 * MIB)}`), /more than 8388608 bytes beside/],
  [
    "white space beside the objects",
    () => utf8(`{"x": 1${" ".repeat(9 * MIB)}`),
    /more than 8388608 bytes beside/,
  ],
  [
    "objects twice",
    () => changed('"parent_id": null', '"objects": [1], "parent_id": null'),
    /it has "objects" twice/,
  ],
  [
    "a value of megabytes",
    () => changed('"backup_id": "b"', `"backup_id": ["${"x".repeat(4 * MIB)}"]`),
    /"backup_id": it is \["x{198}… \(4194308 characters\), want text/,
  ],
  [
    "an id of megabytes",
    () => changed('"volume_id": "v"', `"volume_id": "${"x".repeat(4 * MIB)}"`),
    /want text of at most 4096 characters/,
  ],
];

for (const [title, make, message] of HOSTILE) {
  test(`a manifest with ${title} is refused, in a short message`, (t) => {
    const error = t.throws(() => parseManifest(make(), NAME), { instanceOf: IntegrityError, message });
    t.true(error!.message.length < 1000, `${error!.message.length} characters`);
  });
}

test("a long manifest is parsed in turns, and gives what it gives at once", async (t) => {
  const bytes = manifestOf(20_000);
  const manifest = await parseManifestInTurns(bytes, NAME, undefined);
  t.deepEqual(manifest, parseManifest(bytes, NAME));
  t.is(manifest.objects.length, 20_000);
});

test("a stop is heard while a long manifest is parsed", async (t) => {
  const bytes = manifestOf(50_000);
  const reason = new Error("stopped");
  const controller = new AbortController();
  const parsing = parseManifestInTurns(bytes, NAME, controller.signal);
  setImmediate(() => controller.abort(reason));
  t.is(await t.throwsAsync(parsing), reason);
});

/** Counts the bytes that are read of manifests, and serves a manifest of a claimed size without holding it. */
class HostileSink extends SinkLayer {
  readSize = 0;

  override async open(container: string, name: string, options?: OpenOptions): Promise<ObjectReader> {
    const reader = await this.inner.open(container, name, options);
    return {
      size: 140 * MIB,
      readInto: async (buffer) => {
        this.readSize += buffer.length;
        return buffer.fill(0x20).length;
      },
      close: () => reader.close(),
    };
  }
}

test("a manifest of 140 MB under a prefix of two objects is skipped, and nothing of it read", async (t) => {
  const inner = new MemorySink();
  await inner.createContainer("c");
  for (const name of [NAME, `${PREFIX}-00001`, `${PREFIX}-00002`])
    await putObject(inner, { container: "c", name }, new Uint8Array(1));
  const sink = new HostileSink(inner);
  const skipped: SkippedBackup[] = [];
  const repository = await openRepository(sink, { hashes: nodeHashes });
  for await (const backup of repository.backups({ onSkipped: (each) => skipped.push(each) }))
    t.fail(`${backup.id} was found`);
  t.is(skipped.length, 1);
  t.regex(skipped[0]!.error.message, /^Cannot read manifest: it has 146800640 bytes, want at most 8392704/);
  t.is(sink.readSize, 0);
});

test("a stop is heard while a store lists without an end", async (t) => {
  const reason = new Error("stopped");
  const controller = new AbortController();
  let listed = 0;
  const sink = new (class extends MemorySink {
    override async *list() {
      for (;;) {
        if (++listed === 1000) controller.abort(reason);
        yield { name: `x-${listed}`, size: 1 };
      }
    }
  })();
  await sink.createContainer("c");
  const repository = await openRepository(sink, { hashes: nodeHashes });
  const backups = repository.backups({ signal: controller.signal });
  t.is(await t.throwsAsync(backups.next()), reason);
  t.is(listed, 1000);
});

test("lists of Swift with what is no row are refused, and XML that is nested", async (t) => {
  for (const body of ["[null]", "[1]", '[{"name":"a"}]', "{}", `[${"[".repeat(100_000)}`]) {
    const client = new FakeClient([{ status: 200, body }]);
    const auth = { secrets: [], begin: async () => ({ token: "t", storageUrl: "http://swift/v1/AUTH_a" }) };
    const sink = new SwiftSink({ http: client, clock: fakeTime().clock, hashes: nodeHashes, auth });
    await t.throwsAsync(listNames(sink, "c", ""), { instanceOf: StorageError });
  }
  t.throws(() => parseXml("<a>".repeat(100_000)), {
    instanceOf: SyntaxError,
    message: /nested more than 32/,
  });
});
