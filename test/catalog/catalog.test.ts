import test from "ava";
import type { NewBackup } from "../../src/catalog/backups.js";
import { readVersion, writeVersion } from "../../src/catalog/dialect.js";
import { CATALOG_VERSION, migrate } from "../../src/catalog/migrations.js";
import { openCatalog } from "../../src/catalog/open-catalog.js";
import { hostOfSource, source } from "../../src/catalog/source.js";
import type { NewVolume } from "../../src/catalog/volumes.js";
import { InvalidStateError, NotFoundError, UsageError } from "../../src/errors.js";
import {
  createCatalog,
  DRIVERS,
  idsOf,
  ManualClock,
  newBackup,
  newVolume,
  openDatabase,
  REPOSITORY,
  temporaryPath,
} from "./fixture.js";

const FULL_BACKUP: Required<NewBackup> = {
  id: "b",
  userId: "u",
  projectId: "p",
  volumeId: "v",
  host: "h",
  availabilityZone: "nova",
  container: "bb/bb/b",
  parentId: "a",
  status: "creating",
  failReason: "no space",
  size: 3,
  name: "Nächtlich 😀",
  description: "",
  serviceMetadata: "volume_v_20261122185625_backup_b",
  sparePrefix: "volume_v_20261123000000_backup_b",
  spareParentId: "c",
  hasContainer: false,
  service: "cinder.backup.drivers.posix.PosixBackupDriver",
  objectCount: 7,
  snapshotId: "s",
  dataTimestamp: new Date("2026-11-22T18:00:00.001Z"),
  restoreVolumeId: "r",
  encryptionKeyId: "k",
  metadata: { "": "empty", é: "ü" },
  repository: REPOSITORY,
  volumeSize: 2 ** 41 + 1,
  storedSize: 2 ** 40 + 1,
  manifestSha256: "ab".repeat(32),
  digestTableSha256: "cd".repeat(32),
  volumeMetadata: '{"version": 2}',
  hintsRefused: "doubt",
  lockMode: "governance",
  lockedUntil: new Date("2026-12-24T00:00:00Z"),
  isHeld: true,
  spareLockedUntil: new Date("2026-12-25T00:00:00Z"),
  verifiedTo: 1048576,
  verifiedAt: new Date("2026-12-24T00:00:00Z"),
  holder: "host:42:1",
  createdAt: new Date("2026-11-21T00:00:00.999Z"),
  updatedAt: new Date("2026-11-22T00:00:00.000Z"),
};

const FULL_VOLUME: Required<NewVolume> = {
  id: "v",
  name: "root",
  description: "d",
  source: "/dev/sdb",
  size: 2 ** 42,
  status: "in-use",
  previousStatus: "error_backing-up",
  availabilityZone: "nova",
  bootable: true,
  encryptionKeyId: "k",
  volumeTypeId: "t",
  snapshotId: "s",
  sourceVolumeId: "w",
  isReadOnly: true,
  metadata: { k: "v" },
  userId: "u",
  projectId: "p",
  holder: "host:42:1",
  createdAt: new Date("2026-11-21T00:00:00.999Z"),
  updatedAt: new Date("2026-11-22T00:00:00.000Z"),
};

for (const driver of DRIVERS) {
  test(`${driver}: keeps every field of a backup and of a volume`, async (t) => {
    const { catalog, path } = await createCatalog(t, driver);
    t.deepEqual(await catalog.backups.insert(FULL_BACKUP), FULL_BACKUP);
    t.deepEqual(await catalog.volumes.insert(FULL_VOLUME), FULL_VOLUME);
    await catalog.close();
    const reopened = await openCatalog(await openDatabase(t, driver, path), new ManualClock());
    t.deepEqual(await reopened.backups.byId("b"), FULL_BACKUP);
    t.deepEqual(await reopened.volumes.byId("v"), FULL_VOLUME);
  });

  test(`${driver}: fields left out are null, or what is natural`, async (t) => {
    const { catalog, clock } = await createCatalog(t, driver);
    await catalog.backups.insert(newBackup("b"));
    const backup = await catalog.backups.byId("b");
    t.is(backup?.objectCount, 0);
    t.deepEqual(backup?.metadata, {});
    t.deepEqual(backup?.createdAt, clock.now());
    t.is(backup?.updatedAt, null);
    t.is(backup?.parentId, null);
    await catalog.volumes.insert(newVolume("v"));
    t.is((await catalog.volumes.byId("v"))?.bootable, false);
  });

  test(`${driver}: an ID or a source is taken once`, async (t) => {
    const { catalog } = await createCatalog(t, driver);
    await catalog.backups.insert(newBackup("b", { name: "first" }));
    await t.throwsAsync(catalog.backups.insert(newBackup("b", { name: "second" })), {
      instanceOf: InvalidStateError,
      message: 'Cannot add backup "b": it is in the catalog already',
    });
    t.is((await catalog.backups.byId("b"))?.name, "first");
    await catalog.volumes.insert(newVolume("v", { source: "/dev/sdb" }));
    await t.throwsAsync(catalog.volumes.insert(newVolume("w", { source: "/dev/sdb" })), {
      instanceOf: InvalidStateError,
    });
    await catalog.volumes.insert(newVolume("x"));
    await catalog.volumes.insert(newVolume("y"));
    t.is((await catalog.volumes.bySource("/dev/sdb"))?.id, "v");
    t.is(await catalog.volumes.bySource("/dev/sdc"), undefined);
  });

  test(`${driver}: the reason of a failure is cut to 255 characters, not UTF-16 units`, async (t) => {
    const { catalog } = await createCatalog(t, driver);
    await catalog.backups.insert(newBackup("b"));
    await catalog.backups.update("b", { failReason: "😀".repeat(300) });
    t.is((await catalog.backups.byId("b"))?.failReason, "😀".repeat(255));
  });

  test(`${driver}: finds by ID before name, and refuses a name that several have`, async (t) => {
    const { catalog } = await createCatalog(t, driver);
    await catalog.backups.insert(newBackup("one", { name: "two" }));
    await catalog.backups.insert(newBackup("two", { name: "same" }));
    await catalog.backups.insert(newBackup("three", { name: "same" }));
    await catalog.backups.insert(newBackup("gone", { name: "gone", status: "deleted" }));
    t.is((await catalog.backups.find("two")).id, "two");
    t.is((await catalog.backups.find("one")).id, "one");
    const ambiguous = await t.throwsAsync(catalog.backups.find("same"), { instanceOf: UsageError });
    t.regex(ambiguous?.message ?? "", /"same".*two \(.*Z\), three \(/);
    for (const absent of ["gone", "sam", "SAME", "", "%"]) {
      await t.throwsAsync(catalog.backups.find(absent), {
        instanceOf: NotFoundError,
        message: `No backup with a name or ID of "${absent}" exists`,
      });
    }
  });

  test(`${driver}: finds a volume by its source too`, async (t) => {
    const { catalog } = await createCatalog(t, driver);
    await catalog.volumes.insert(newVolume("v", { name: "root", source: "/dev/sdb" }));
    await catalog.volumes.insert(newVolume("w", { name: "data" }));
    for (const name of ["v", "root", "/dev/sdb"]) t.is((await catalog.volumes.find(name)).id, "v");
    await t.throwsAsync(catalog.volumes.find("/dev/sdc"), {
      message: 'No volume with a name or ID of "/dev/sdc" exists',
    });
    await catalog.volumes.insert(newVolume("x", { name: "/dev/sdb" }));
    await t.throwsAsync(catalog.volumes.find("/dev/sdb"), { instanceOf: UsageError });
  });

  test(`${driver}: lists newest first, filtered, page by page`, async (t) => {
    const { catalog, clock } = await createCatalog(t, driver);
    for (const id of ["a", "b", "c"]) await catalog.backups.insert(newBackup(id));
    clock.advance(1);
    await catalog.backups.insert(newBackup("d", { status: "error", name: "n" }));
    clock.advance(1);
    await catalog.backups.insert(newBackup("e", { volumeId: "volume-2" }));
    await catalog.backups.insert(newBackup("f", { status: "deleted" }));
    const { backups } = catalog;
    t.deepEqual(idsOf(await backups.list()), ["e", "d", "c", "b", "a"]);
    t.deepEqual(idsOf(await backups.list({ volumeId: "volume-1", status: "available" })), ["c", "b", "a"]);
    t.deepEqual(idsOf(await backups.list({ name: "n" })), ["d"]);
    t.deepEqual(idsOf(await backups.list({ name: null, status: "error" })), []);
    t.deepEqual(idsOf(await backups.list({ status: "deleted" })), ["f"]);
    t.deepEqual(idsOf(await backups.list({ volumeId: "%" })), []);
    t.deepEqual(idsOf(await backups.list({}, { limit: 2 })), ["e", "d"]);
    t.deepEqual(idsOf(await backups.list({}, { limit: 2, marker: "d" })), ["c", "b"]);
    t.deepEqual(idsOf(await backups.list({}, { limit: 2, marker: "b" })), ["a"]);
    t.deepEqual(idsOf(await backups.list({}, { marker: "a" })), []);
    t.deepEqual(idsOf(await backups.list({ status: "available" }, { marker: "f" })), ["e", "c", "b", "a"]);
    t.deepEqual(idsOf(await backups.list({}, { limit: 0 })), []);
    await t.throwsAsync(backups.list({}, { marker: "no such" }), { instanceOf: NotFoundError });
  });

  test(`${driver}: a change is dated, and says whether there was what to change`, async (t) => {
    const { catalog, clock } = await createCatalog(t, driver);
    const before = await catalog.backups.insert(newBackup("b"));
    clock.advance(5);
    t.true(await catalog.backups.update("b", { name: "new", metadata: { k: "v" } }));
    t.deepEqual(await catalog.backups.byId("b"), {
      ...before,
      name: "new",
      metadata: { k: "v" },
      updatedAt: clock.now(),
    });
    t.false(await catalog.backups.update("c", { name: "new" }));
    t.true(await catalog.backups.remove("b"));
    t.false(await catalog.backups.remove("b"));
    t.is(await catalog.backups.byId("b"), undefined);
  });

  test(`${driver}: a transition happens only from the states it names`, async (t) => {
    const { catalog } = await createCatalog(t, driver);
    const { backups } = catalog;
    await backups.insert(newBackup("b"));
    await backups.insert(newBackup("other"));
    t.true(await backups.transition("b", ["available", "error"], "deleting", { holder: "h" }));
    t.false(await backups.transition("b", ["available", "error"], "deleting", { holder: "thief" }));
    t.false(await backups.transition("b", [], "available"));
    t.false(await backups.transition("c", ["available"], "deleting"));
    const backup = await backups.byId("b");
    t.is(backup?.status, "deleting");
    t.is(backup?.holder, "h");
    t.is((await backups.byId("other"))?.status, "available");
    t.deepEqual(idsOf(await backups.held()), ["b"]);
    await catalog.volumes.insert(newVolume("v"));
    t.true(
      await catalog.volumes.transition("v", ["available"], "backing-up", { previousStatus: "available" }),
    );
    t.is((await catalog.volumes.byId("v"))?.previousStatus, "available");
  });

  test(`${driver}: of many transitions at once one happens`, async (t) => {
    const { catalog } = await createCatalog(t, driver);
    await catalog.backups.insert(newBackup("b"));
    const attempts = Array.from({ length: 20 }, (_, i) =>
      catalog.backups.transition("b", ["available"], "restoring", { holder: String(i) }),
    );
    t.is((await Promise.all(attempts)).filter(Boolean).length, 1);
  });

  test(`${driver}: a transaction over both tables happens as a whole or not at all`, async (t) => {
    const { catalog } = await createCatalog(t, driver);
    await catalog.volumes.insert(newVolume("v"));
    const failure = new Error("no space");
    const failed = catalog.transaction(async ({ volumes, backups }) => {
      t.true(await volumes.transition("v", ["available"], "backing-up"));
      await backups.insert(newBackup("b"));
      throw failure;
    });
    t.is(await t.throwsAsync(failed), failure);
    t.is((await catalog.volumes.byId("v"))?.status, "available");
    t.is(await catalog.backups.byId("b"), undefined);
    const id = await catalog.transaction(async ({ volumes, backups }) => {
      await volumes.transition("v", ["available"], "backing-up");
      return (await backups.insert(newBackup("b"))).id;
    });
    t.is(id, "b");
    t.is((await catalog.volumes.byId("v"))?.status, "backing-up");
  });

  test(`${driver}: migrates an empty database, and once`, async (t) => {
    const database = await openDatabase(t, driver);
    await migrate(database);
    t.is(await readVersion(database), CATALOG_VERSION);
    const sql =
      driver === "postgresql"
        ? "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
        : "SELECT sql FROM sqlite_schema ORDER BY name";
    const schema = await database.all(sql);
    t.true(schema.length > 10);
    await migrate(database);
    t.deepEqual(await database.all(sql), schema);
  });

  test(`${driver}: several connections may open a fresh catalog at once`, async (t) => {
    const path = await temporaryPath(t, driver);
    const catalogs = await Promise.all(
      Array.from({ length: 6 }, async () =>
        openCatalog(await openDatabase(t, driver, path), new ManualClock()),
      ),
    );
    await Promise.all(catalogs.map((catalog, i) => catalog.backups.insert(newBackup(String(i)))));
    t.is((await catalogs[0]!.backups.list()).length, 6);
  });

  test(`${driver}: a catalog of a newer program is refused`, async (t) => {
    const database = await openDatabase(t, driver);
    await migrate(database);
    await writeVersion(database, CATALOG_VERSION + 1);
    await t.throwsAsync(openCatalog(database, new ManualClock()), {
      instanceOf: InvalidStateError,
      message: new RegExp(`of version ${CATALOG_VERSION + 1}: .* up to ${CATALOG_VERSION};`),
    });
  });
}

test("paths, images in files and local sockets are one host's; servers and RBD images are everybody's", (t) => {
  const [here, there] = [source("h1"), source("h2")];
  for (const local of ["/srv/a", "qcow2:/srv/a.qcow2", "nbd+unix:///?socket=/run/s"]) {
    const stored = here.toSql(local);
    t.is(stored, `h1:${local}`);
    t.is(here.fromSql(stored), local);
    t.is(hostOfSource(local), undefined);
    t.is(hostOfSource(there.fromSql(stored)), "h1");
  }
  for (const shared of ["nbd://host/e", "rbd:pool/image@snap:id=u:conf=/etc/ceph/c.conf"]) {
    t.is(here.toSql(shared), shared);
    t.is(hostOfSource(there.fromSql(shared)), undefined);
  }
});
