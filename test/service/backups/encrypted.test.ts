/** Every operation of the service on an encrypted repository, and what happens without its key. */
import * as fs from "node:fs/promises";
import test, { type ExecutionContext } from "ava";
import { openRepository } from "../../../src/chain/repository.js";
import { EncryptedSink } from "../../../src/encryption/encrypted-sink.js";
import { IntegrityError, InvalidStateError, UsageError } from "../../../src/errors.js";
import { ImageMemory } from "../../../src/image/image-memory.js";
import { VolumeImage } from "../../../src/image/volume-image.js";
import { nodeRuntime } from "../../../src/node/runtime.js";
import type { Service } from "../../../src/service/service.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import { getObject, putObject } from "../../../src/testing/objects.js";
import { firstDifference } from "../../pipeline/world.js";
import { fixedRing } from "../../portable/encryption.js";
import { type Start, start, World, withBlock } from "../fixture.js";

const ENCRYPTED = "s3://encrypted";
/** The same store, without its key. */
const KEYLESS = "s3://keyless";
const PLAIN = "s3://plain";
const CONTAINER = "volumebackups";

interface Place extends Start {
  readonly stored: MemorySink;
  readonly sink: EncryptedSink;
  readonly encrypted: Service;
  readonly points: readonly Uint8Array[];
}

function serviceAt({ world, service }: Start, repository: string): Service {
  return service.withSettings({ ...world.settings, repository });
}

/** A full backup and two incrementals in an encrypted store. */
async function place(t: ExecutionContext): Promise<Place> {
  const begun = await start(t);
  const { world, bytes, path } = begun;
  const stored = new MemorySink();
  const sink = new EncryptedSink(stored, await fixedRing());
  world.sinks.set(ENCRYPTED, sink).set(KEYLESS, stored).set(PLAIN, new MemorySink());
  const encrypted = serviceAt(begun, ENCRYPTED);
  const points = [bytes, withBlock(bytes, 3, 1), withBlock(withBlock(bytes, 3, 1), 12, 2)];
  for (const [index, point] of points.entries()) {
    await fs.writeFile(path, point);
    await world.backup(encrypted, { volume: "disk", name: `point ${index}`, incremental: index > 0 });
  }
  return { ...begun, stored, sink, encrypted, points };
}

async function checkPoint(
  t: ExecutionContext,
  service: Service,
  [name, point]: [string, Uint8Array],
): Promise<void> {
  await service.verifyBackup({ backup: name });
  const { volume } = await service.restoreBackup({ backup: name, volume: "./restored.img", force: true });
  t.is(firstDifference(await fs.readFile(volume.source!), point), -1, name);
}

async function namesIn(sink: MemorySink): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of sink.list(CONTAINER, "volume_")) names.push(name);
  return names.sort();
}

test("backups, verifications, restores, consolidations, prunes and cleanings work on an encrypted store", async (t) => {
  const { encrypted, points, stored } = await place(t);
  for (const [index, point] of points.entries()) await checkPoint(t, encrypted, [`point ${index}`, point]);
  await encrypted.consolidateBackup({ backup: "point 2" });
  await checkPoint(t, encrypted, ["point 2", points[2]!]);
  await encrypted.deleteBackup("point 1");
  await encrypted.deleteBackup("point 0");
  t.deepEqual(await encrypted.cleanRepository({ olderThanSeconds: 0 }), []);
  await checkPoint(t, encrypted, ["point 2", points[2]!]);
  await encrypted.deleteBackup("point 2");
  t.deepEqual(await namesIn(stored), []);
  const findings = await encrypted.checkRepository({ listCount: 20 });
  t.deepEqual(
    findings.filter(({ finding }) => finding === "bad"),
    [],
  );
});

test("an encrypted repository is scanned with its key, and every backup is skipped with a reason without", async (t) => {
  const { points, stored, sink } = await place(t);
  const other = await World.create(t);
  other.sinks.set(ENCRYPTED, sink).set(KEYLESS, stored);
  const blank = await other.open({ settings: { repository: KEYLESS } });
  const skipped = await blank.scanRepository();
  t.is(skipped.length, points.length);
  for (const { finding, reason } of skipped) {
    t.not(finding, "added");
    t.regex(String(reason), /it is encrypted .*want encryption_key/);
  }
  const found = await (await other.open({ settings: { repository: ENCRYPTED } })).scanRepository();
  t.deepEqual(
    found.map(({ finding }) => finding),
    ["added", "added", "added"],
  );
});

test("copies go from a plain repository into an encrypted one, and back", async (t) => {
  const begun = await place(t);
  const { encrypted, points, stored } = begun;
  const plain = serviceAt(begun, PLAIN);
  const out = await plain.copyBackup({ backup: "point 2" });
  t.is(out.copiedBackups, 3);
  await checkPoint(t, plain, [out.copy.id, points[2]!]);
  for (const index of [2, 1, 0]) await encrypted.deleteBackup(`point ${index}`);
  const back = await encrypted.copyBackup({ backup: out.copy.id });
  await checkPoint(t, encrypted, [back.copy.id, points[2]!]);
  for (const name of await namesIn(stored)) {
    const start = String.fromCharCode(
      ...(await getObject(stored, { container: CONTAINER, name })).subarray(0, 40),
    );
    t.true(
      start.startsWith(name.endsWith("_metadata") ? '{"version": "ashlar-encrypted-1' : "ASHLARE1"),
      name,
    );
  }
});

test("images are read from an encrypted store at any place", async (t) => {
  const { sink, points } = await place(t);
  const runtime = await nodeRuntime("native");
  const memory = await ImageMemory.create({ runtime });
  const repository = await openRepository(sink, { hashes: runtime.hashes });
  let newest: string | undefined;
  for await (const { id, name } of repository.backups()) if (name === "point 2") newest = id;
  const image = await VolumeImage.open(await repository.openChain(newest!), memory);
  const buffer = new Uint8Array(30_000);
  await image.readInto(buffer, { offset: 10_000 });
  t.is(firstDifference(buffer, points[2]!.subarray(10_000, 40_000)), -1);
  await memory.close();
});

test("chains are encrypted as a whole, or not at all", async (t) => {
  const begun = await place(t);
  const { world, stored, service, encrypted } = begun;
  const before = await namesIn(stored);
  const refused = { instanceOf: UsageError, message: /^Cannot read backup: it is encrypted/ };
  world.sinks.set(ENCRYPTED, stored);
  await t.throwsAsync(service.verifyBackup({ backup: "point 2" }), refused);
  await t.throwsAsync(service.restoreBackup({ backup: "point 2" }), refused);
  await t.throwsAsync(world.backup(encrypted, { volume: "disk", incremental: true }), refused);
  t.deepEqual(await namesIn(stored), before);
  await t.throwsAsync(world.backup(encrypted, { volume: "disk", name: "plain" }), {
    instanceOf: InvalidStateError,
    message: `Cannot store a backup in "${ENCRYPTED}": it is encrypted, and no key is named; want encryption_key`,
  });
  t.deepEqual(await namesIn(stored), before);
});

test("an encrypted backup is not based on a plain one", async (t) => {
  const begun = await start(t);
  const { world } = begun;
  const stored = new MemorySink();
  world.sinks.set(PLAIN, stored);
  const service = serviceAt(begun, PLAIN);
  await world.backup(service, { volume: "disk", name: "plain" });
  const before = await namesIn(stored);
  world.sinks.set(PLAIN, new EncryptedSink(stored, await fixedRing()));
  await t.throwsAsync(world.backup(service, { volume: "disk", incremental: true }), {
    instanceOf: IntegrityError,
    message: /it is not encrypted, although the repository is/,
  });
  t.deepEqual(await namesIn(stored), before);
  await world.backup(service, { volume: "disk", name: "full" });
  await service.verifyBackup({ backup: "full" });
});

test("a wrong key opens nothing, and a salvage goes past a damaged segment", async (t) => {
  const begun = await place(t);
  const { world, stored, encrypted, points } = begun;
  world.sinks.set(ENCRYPTED, new EncryptedSink(stored, await fixedRing(1)));
  await t.throwsAsync(encrypted.verifyBackup({ backup: "point 0" }), { message: /^no key/ });
  world.sinks.set(ENCRYPTED, new EncryptedSink(stored, await fixedRing()));
  const name = (await namesIn(stored)).find((each) => each.endsWith("-00002"))!;
  const bytes = await getObject(stored, { container: CONTAINER, name });
  bytes[bytes.length - 1]! ^= 1;
  await putObject(stored, { container: CONTAINER, name }, bytes);
  const damaged = { instanceOf: IntegrityError, message: /segment 1 of 1 is not authentic/ };
  await t.throwsAsync(encrypted.verifyBackup({ backup: "point 0" }), damaged);
  const { volume, salvage } = await encrypted.restoreBackup({ backup: "point 0", salvage: true });
  t.true(salvage!.lost.length > 0);
  const restored = await fs.readFile(volume.source!);
  const wrong = restored.findIndex((byte, at) => byte !== 0 && byte !== points[0]![at]);
  t.is(wrong, -1);
});
