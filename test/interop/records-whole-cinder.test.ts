/** Records in both directions between the command and the whole of real Cinder: its API, managers and driver. */
import { type FileHandle, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { noise } from "../pipeline/volume-bytes.js";
import { Ashlar } from "./ashlar.js";
import { makeWorkspace } from "./matrix.js";
import { GIB, WholeCinder } from "./whole-cinder.js";

const MIB = 1024 ** 2;
const OBJECT_SIZE = 4 * MIB;
/** No multiple of a block; of Cinder's volumes the rest, to a whole GiB, is zeros. */
const VOLUME_SIZE: number = 10 * MIB + 12_345;

/** A volume at three moments: in each later one a few places have changed, in whole and in part of a block. */
function moments(seed: number): Uint8Array[] {
  const first = noise(VOLUME_SIZE, seed);
  const second = first.slice();
  second.set(noise(3000, seed + 1), 5 * MIB - 1000);
  const third = second.slice();
  third.set(noise(100_000, seed + 2), 17);
  third.set(noise(45, seed + 3), VOLUME_SIZE - 45);
  return [first, second, third];
}

/** Whether the file begins with `bytes` and is zeros from there to its end. */
async function begins(t: ExecutionContext, path: string, bytes: Uint8Array, size: number): Promise<void> {
  const file: FileHandle = await open(path);
  try {
    t.is((await file.stat()).size, size);
    const window = Buffer.alloc(16 * MIB);
    for (let offset = 0; offset < size; ) {
      const { bytesRead } = await file.read(window, 0, window.length, offset);
      const expected = Buffer.alloc(bytesRead);
      expected.set(bytes.subarray(offset, offset + bytesRead));
      if (!window.subarray(0, bytesRead).equals(expected))
        return t.fail(`${path} differs from byte ${offset} on`);
      offset += bytesRead;
    }
    t.pass();
  } finally {
    await file.close();
  }
}

const config = { backup_compression_algorithm: "zlib", backup_file_size: String(64 * MIB) };

test("real Cinder takes in the records of a chain, and restores every backup of it", async (t) => {
  const { repository, directory, source } = await makeWorkspace(t);
  const ashlar = new Ashlar({ stateDir: join(directory, "state"), repository, objectSize: OBJECT_SIZE });
  const contents = moments(1);
  for (const [index, bytes] of contents.entries()) {
    await writeFile(source, bytes);
    if (index === 0) await ashlar.createVolume("ours", source);
    const texts = { name: `backup ${index}`, description: "for Cinder" };
    await ashlar.createBackup("ours", { incremental: index > 0, ...texts });
  }
  const records = await ashlar.exportRecords();
  t.is(records.length, 3);

  const cinder = await WholeCinder.start(repository, config);
  t.teardown(() => cinder.stop());
  const imported = [];
  for (const record of records) imported.push(await cinder.importRecord(record));
  for (const [index, backup] of imported.entries()) {
    t.like(backup, {
      ...{ status: "available", name: `backup ${index}`, description: "for Cinder", size: 1 },
      ...{ is_incremental: index > 0, has_dependent_backups: index < 2, fail_reason: null },
    });
    const volume = await cinder.restore(backup.id);
    t.is(volume.status, "available");
    // Opening it to write cuts a file, which a device would not let be done to it.
    await begins(t, cinder.volumePath(volume.id), contents[index]!, VOLUME_SIZE);
  }
  // The chain is Cinder's own now: refused while others depend on it, and gone with its objects from the last on.
  await t.throwsAsync(cinder.deleteBackup(imported[0]!.id), { message: /Incremental backups exist/ });
  for (const { id } of imported.reverse()) await cinder.deleteBackup(id);
  await t.throwsAsync(ashlar.verify("backup 0"));
});

test("the records of a chain that real Cinder made are taken in, and every backup is restored", async (t) => {
  const { repository, directory } = await makeWorkspace(t);
  const cinder = await WholeCinder.start(repository, config);
  t.teardown(() => cinder.stop());
  const contents = moments(11);
  const { id: volumeId } = await cinder.createVolume("theirs", contents[0]!);
  const lines: string[] = [];
  for (const [index, bytes] of contents.entries()) {
    await cinder.fill(volumeId, bytes);
    const backup = await cinder.createBackup(volumeId, `backup ${index}`, index > 0);
    t.is(backup.status, "available", backup.fail_reason ?? "");
    lines.push(JSON.stringify(await cinder.exportRecord(backup.id)));
  }
  const file = join(directory, "records.jsonl");
  // The last first: parents come after their children.
  await writeFile(file, lines.reverse().join("\n"));
  const ashlar = new Ashlar({ stateDir: join(directory, "state"), repository });
  const found = await ashlar.importRecords(file);
  t.deepEqual(
    found.map(({ finding, missing_parent_id }) => [finding, missing_parent_id]),
    contents.map(() => ["added", null]),
  );
  for (const [index, bytes] of contents.entries()) {
    const name = `backup ${index}`;
    t.like(await ashlar.showBackup(name), { volume_id: volumeId, is_incremental: index > 0, size: 1 });
    const target = join(directory, `restored-${index}`);
    await ashlar.restore(name, target);
    await begins(t, target, bytes, GIB);
  }
  // What it printed of its own is what Ashlar prints of the same backup, but for what only its host knows.
  const [record] = await ashlar.exportRecords();
  const theirs = decode(JSON.parse((await readFile(file, "utf8")).split("\n")[2]!));
  const ours = decode(record!);
  const same = [
    "id",
    "volume_id",
    "container",
    "parent_id",
    "size",
    "service_metadata",
    "object_count",
    "created_at",
  ];
  for (const field of same) t.deepEqual(ours[field], theirs[field], field);
  t.deepEqual(Object.keys(ours), Object.keys(theirs));
});

test("real Cinder goes on with a consolidated backup once its record has been replaced", async (t) => {
  const { repository, directory, source } = await makeWorkspace(t);
  const ashlar = new Ashlar({ stateDir: join(directory, "state"), repository, objectSize: OBJECT_SIZE });
  const contents = moments(21);
  for (const [index, bytes] of contents.entries()) {
    await writeFile(source, bytes);
    if (index === 0) await ashlar.createVolume("ours", source);
    await ashlar.createBackup("ours", { incremental: index > 0, name: `backup ${index}` });
  }
  const cinder = await WholeCinder.start(repository, config);
  t.teardown(() => cinder.stop());
  const ids: string[] = [];
  for (const record of await ashlar.exportRecords()) ids.push((await cinder.importRecord(record)).id);
  const [, middle, newest] = ids as [string, string, string];

  await ashlar.consolidateBackup("backup 1");
  // Its old record names objects that are gone: neither it nor what is based on it can be restored by that.
  for (const id of [middle, newest]) {
    t.is((await cinder.restore(id)).status, "error_restoring");
    t.is((await cinder.backup(id)).status, "available", "as before every restore that fails");
  }
  await t.throwsAsync(cinder.importRecord(await ashlar.exportRecord("backup 1")), {
    message: /Backup already exists in database/,
  });
  await t.throwsAsync(cinder.deleteBackup(middle), { message: /Incremental backups exist/ });

  // What is based on it is in the way, and goes by the same door.
  await ashlar.consolidateBackup("backup 2");
  for (const id of [newest, middle]) await cinder.deleteBackup(id);
  for (const index of [0, 1, 2]) await ashlar.verify(`backup ${index}`);
  for (const index of [1, 2]) {
    const imported = await cinder.importRecord(await ashlar.exportRecord(`backup ${index}`));
    t.like(imported, {
      id: ids[index]!,
      status: "available",
      is_incremental: false,
      name: `backup ${index}`,
    });
  }
  // Nothing depends on the first one any more, for Cinder neither.
  await cinder.deleteBackup(ids[0]!);
  for (const index of [1, 2]) {
    const volume = await cinder.restore(ids[index]!);
    t.is(volume.status, "available");
    await begins(t, cinder.volumePath(volume.id), contents[index]!, VOLUME_SIZE);
  }
});

function decode(record: { readonly backup_url: string }): Record<string, unknown> {
  return JSON.parse(Buffer.from(record.backup_url, "base64").toString()) as Record<string, unknown>;
}
