import test from "ava";
import {
  backupPrefix,
  defaultContainer,
  digestTableName,
  manifestName,
  objectName,
  prefixOfManifest,
} from "../../src/format/names.js";

const PARTS = {
  volumeId: "a51a0001-0000-4000-8000-000000000001",
  backupId: "b51a0001-0000-4000-8000-000000000002",
  availabilityZone: "nova",
  startedAt: new Date("2026-11-22T18:56:25.987Z"),
};

test("prefixes are the reference system's, with the time in UTC and cut to the second", (t) => {
  t.is(
    backupPrefix("flat", PARTS),
    "volume_a51a0001-0000-4000-8000-000000000001_20261122185625_backup_b51a0001-0000-4000-8000-000000000002",
  );
  t.is(
    backupPrefix("hierarchical", PARTS),
    "volume_a51a0001-0000-4000-8000-000000000001/20261122185625/az_nova_backup_b51a0001-0000-4000-8000-000000000002",
  );
});

test("a container is a directory of the backup's own, or one for all", (t) => {
  t.is(defaultContainer("flat", PARTS.backupId), "b5/1a/b51a0001-0000-4000-8000-000000000002");
  t.is(defaultContainer("hierarchical", PARTS.backupId), "volumebackups");
});

test("objects are numbered with five digits, and with more where five are too few", (t) => {
  t.is(objectName("p", 1), "p-00001");
  t.is(objectName("p", 99_999), "p-99999");
  t.is(objectName("p", 100_000), "p-100000");
});

test("a manifest's name gives the prefix back, no other name does", (t) => {
  t.is(manifestName("volume_1"), "volume_1_metadata");
  t.is(digestTableName("volume_1"), "volume_1_sha256file");
  t.is(prefixOfManifest(manifestName("volume_1")), "volume_1");
  t.is(prefixOfManifest(manifestName("a_metadata")), "a_metadata");
  for (const name of [digestTableName("p"), objectName("p", 1), "metadata", "p_metadata.tmp", "p_METADATA"]) {
    t.is(prefixOfManifest(name), undefined);
  }
});
