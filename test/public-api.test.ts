/** What users import. A name that is added here is a promise; one that goes is a breaking change. */
import test from "ava";
import * as ashlar from "../src/index.js";

test("the portable entry exports these values and no others", (t) => {
  t.deepEqual(Object.keys(ashlar).sort(), [
    "AshlarError",
    "CancelledError",
    "DEFAULT_AVAILABILITY_ZONE",
    "DEFAULT_BLOCK_SIZE",
    "DEFAULT_FILE_SIZE",
    "DEFAULT_MAX_OPERATIONS",
    "DigestTableReader",
    "DigestTableWriter",
    "FORMAT_VERSION",
    "FetchClient",
    "ForbiddenError",
    "ImageMemory",
    "IntegrityError",
    "InvalidStateError",
    "MemorySink",
    "MemorySource",
    "MemoryTarget",
    "NotFoundError",
    "OPERATOR",
    "POLICY",
    "PosixSink",
    "Profile",
    "StorageError",
    "StoredTable",
    "UsageError",
    "VolumeImage",
    "backup",
    "backupPrefix",
    "checkStoredObjects",
    "codecIdOf",
    "defaultContainer",
    "digestTableName",
    "discard",
    "formatCreatedAt",
    "gibOf",
    "imageHandler",
    "isAshlarError",
    "loadHashes",
    "loadKernels",
    "manifestName",
    "objectName",
    "openCatalog",
    "openChain",
    "openFileSource",
    "openFileTarget",
    "openRepository",
    "openService",
    "parseCodecId",
    "parseCreatedAt",
    "parseManifest",
    "planBackupMemory",
    "planImageMemory",
    "planMemory",
    "planRestore",
    "planRestoreMemory",
    "portableRuntime",
    "prefixOfManifest",
    "printManifest",
    "printVolumeMetadata",
    "provideKernels",
    "readLayer",
    "restore",
    "startProgress",
    "wasmEngine",
    "writableFileTarget",
    "zlibCodec",
  ]);
});

test("what the README promises works with the portable entry alone", async (t) => {
  const runtime = await ashlar.portableRuntime();
  const sink = new ashlar.MemorySink();
  await sink.createContainer("backups");
  const identity = {
    backupId: "b-1",
    volumeId: "v-1",
    backupName: null,
    backupDescription: null,
    createdAt: ashlar.formatCreatedAt(new Date(0)),
  };
  const volume = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
  const stored = { sink, container: "backups", prefix: "v-1_b-1", backupId: "b-1", volumeId: "v-1" };
  await ashlar.backup(new ashlar.MemorySource(volume), sink, {
    ...stored,
    identity,
    parentId: null,
    parent: undefined,
    volumeMetadata: null,
    codec: ashlar.zlibCodec,
    blockSize: 32_768,
    chunkSize: 65_536,
    runtime,
  });
  const target = new ashlar.MemoryTarget({ size: volume.length });
  await ashlar.restore(await ashlar.openChain([stored], runtime.hashes), target, { runtime });
  t.deepEqual(target.bytes, volume);
});
