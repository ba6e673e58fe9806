/** What cannot be begun leaves nothing: no backup, no volume, no directory. */
import * as fs from "node:fs/promises";
import test from "ava";
import { InvalidStateError, NotFoundError, UsageError } from "../../src/errors.js";
import type { CreateBackupRequest } from "../../src/service/requests.js";
import { noise } from "../pipeline/volume-bytes.js";
import { BLOCK_SIZE, rowsOf, start, VOLUME_SIZE, World } from "./fixture.js";

const TOO_LONG = "x".repeat(256);

const BAD_NAMES = {
  "with ..": "../up",
  "with .. inside": "a/../b",
  "that is an absolute path": "/etc/cron.d/evil",
  "with a line break": "a\nb",
  "with an escape": "a\u001b[2Jb",
  "with a C1 control character": "a\u0085b",
  "with half a character": "a\ud800b",
  "that is empty": "",
  "that is too long": TOO_LONG,
};

const BAD_REQUESTS: Readonly<Record<string, Omit<CreateBackupRequest, "volume">>> = {
  ...Object.fromEntries(Object.entries(BAD_NAMES).map(([title, name]) => [`a name ${title}`, { name }])),
  ...Object.fromEntries(
    Object.entries(BAD_NAMES).map(([title, container]) => [`a container ${title}`, { container }]),
  ),
  "a hidden container": { container: ".snapshot" },
  "a container with nothing between slashes": { container: "a//b" },
  "a description with a control character": { description: "a\u0007" },
  "a description that is too long": { description: TOO_LONG },
  "a property without a key": { metadata: { "": "x" } },
  "a property whose key has a line break": { metadata: { "a\nb": "x" } },
  "a property whose value is too long": { metadata: { a: TOO_LONG } },
};

for (const [title, request] of Object.entries(BAD_REQUESTS)) {
  test(`${title} is refused, and leaves nothing behind`, async (t) => {
    const world = await World.create(t);
    const service = await world.open();
    await world.write("disk.img", noise(VOLUME_SIZE, 1));
    await t.throwsAsync(service.createBackup({ volume: "disk.img", ...request }), {
      instanceOf: UsageError,
      message: /^Cannot use .*[^.]$/,
    });
    t.deepEqual(await rowsOf(world), { volumes: [], backups: [] });
    t.deepEqual(await world.stored(), []);
    t.deepEqual(
      (await fs.readdir(world.directory)).filter((name) => !name.startsWith("catalog")),
      ["disk.img"],
    );
  });
}

test("a volume's name is held to the same rules", async (t) => {
  const { world, service } = await start(t);
  const source = await world.write("other.img", noise(10, 2));
  for (const [title, name] of Object.entries(BAD_NAMES)) {
    await t.throwsAsync(service.createVolume({ name, source }), { instanceOf: UsageError }, title);
  }
  t.deepEqual((await rowsOf(world)).volumes, ["disk available"]);
});

test("there is no such volume", async (t) => {
  const { world, service } = await start(t);
  for (const volume of ["nothing", "/no/such/file", ""]) {
    await t.throwsAsync(service.createBackup({ volume }), {
      instanceOf: NotFoundError,
      message: `No volume with a name or ID of "${volume}" exists, and no file or device with that path`,
    });
  }
  await fs.rm(`${world.directory}/disk.img`);
  await t.throwsAsync(service.createBackup({ volume: "disk" }), { instanceOf: NotFoundError });
  t.deepEqual(await rowsOf(world), { volumes: ["disk available"], backups: [] });
  t.deepEqual(await world.stored(), []);
});

test("what is no volume is refused: a directory, an empty file, a name that cannot be shown", async (t) => {
  const { world, service } = await start(t);
  await world.write("empty.img", new Uint8Array());
  await world.write("line\nbreak.img", noise(10, 1));
  for (const volume of [world.directory, "empty.img", "line\nbreak.img"]) {
    await t.throwsAsync(service.createBackup({ volume }), { instanceOf: UsageError });
  }
  t.deepEqual((await rowsOf(world)).volumes, ["disk available"]);
  t.deepEqual(await world.stored(), []);
});

test("an incremental needs a full backup", async (t) => {
  const { world, service } = await start(t);
  await t.throwsAsync(service.createBackup({ volume: "disk", incremental: true }), {
    instanceOf: InvalidStateError,
    message: "No backups available to do an incremental backup. Do a full backup first",
  });
  t.deepEqual(await rowsOf(world), { volumes: ["disk available"], backups: [] });
  t.deepEqual(await world.stored(), []);
});

test("the block size must be the parent's", async (t) => {
  const { world, service } = await start(t);
  await world.backup(service, { volume: "disk", name: "full" });
  const before = await world.stored();
  const changed = await world.open({ settings: { blockSize: 2 * BLOCK_SIZE } });
  await t.throwsAsync(world.backup(changed, { volume: "disk", incremental: true }), {
    instanceOf: InvalidStateError,
    message:
      "Hash block size has changed since the last backup. New hash block size: 8192. " +
      "Old hash block size: 4096. Do a full backup",
  });
  t.deepEqual(await rowsOf(world), { volumes: ["disk available"], backups: ["full available"] });
  t.deepEqual(await world.stored(), before);
});

test("the volume must not have grown since the parent, not by a byte of its last block", async (t) => {
  const { world, service, bytes, path } = await start(t);
  await world.backup(service, { volume: "disk", name: "full" });
  const before = await world.stored();
  for (const more of [1, BLOCK_SIZE, 10 * BLOCK_SIZE]) {
    await fs.writeFile(path, Buffer.concat([bytes, noise(more, 5)]));
    await t.throwsAsync(world.backup(service, { volume: "disk", incremental: true }), {
      instanceOf: InvalidStateError,
      message: `Volume size increased since the last backup, from ${VOLUME_SIZE} to ${VOLUME_SIZE + more} bytes. Do a full backup`,
    });
  }
  t.deepEqual(await rowsOf(world), { volumes: ["disk available"], backups: ["full available"] });
  t.deepEqual(await world.stored(), before);
});

test("an object's size must be a multiple of the block size", async (t) => {
  const { world } = await start(t);
  const service = await world.open({ settings: { fileSize: 3 * BLOCK_SIZE + 1 } });
  await t.throwsAsync(service.createBackup({ volume: "disk" }), {
    instanceOf: UsageError,
    message: "Cannot use object size 12289: want a multiple of the block size 4096",
  });
  t.deepEqual((await rowsOf(world)).backups, []);
  t.deepEqual(await world.stored(), []);
});

test("a compression that this build lacks is refused by name", async (t) => {
  const { world } = await start(t);
  const service = await world.open({ settings: { compression: "bz2" }, codecs: new Map() });
  await t.throwsAsync(service.createBackup({ volume: "disk" }), {
    instanceOf: UsageError,
    message: 'Cannot use compression algorithm "bz2": this build has none',
  });
  t.deepEqual(await world.stored(), []);
});

test("a repository that is of no known kind, or not said well, is refused", async (t) => {
  const { world } = await start(t);
  const refused = [
    ["file://host/x", 'Cannot use repository "file://host/x": want a path or a URL of the form file:///path'],
    ["file:///a%2Fb", 'Cannot use repository "file:///a%2Fb": want a path or a URL of the form file:///path'],
    ["swift://x", "Cannot use Swift: backup_swift_url is not set"],
    [
      "ftp://user:secret@x/y",
      "Cannot use a repository with ftp://: want a path, or a URL that begins with one of file://, nfs://, glusterfs://, swift://, swift+http://, s3://, gs://",
    ],
    ["", 'Cannot use repository "": want a path or a URL'],
  ] as const;
  for (const [repository, message] of refused) {
    const service = await world.open({ settings: { repository } });
    await t.throwsAsync(service.createBackup({ volume: "disk" }), { instanceOf: UsageError, message });
  }
  t.deepEqual((await rowsOf(world)).backups, []);
});

test("a volume that another operation works on is refused", async (t) => {
  const { world, service } = await start(t);
  const { id } = await service.findVolume("disk");
  for (const status of ["backing-up", "restoring-backup", "error", "error_restoring", "deleting"] as const) {
    await world.catalog.volumes.update(id, { status });
    await t.throwsAsync(service.createBackup({ volume: "disk" }), {
      instanceOf: InvalidStateError,
      message: `Invalid volume ${id}: Volume to be backed up must be available or in-use, but the current status is "${status}"`,
    });
  }
  t.deepEqual(await world.stored(), []);
});
