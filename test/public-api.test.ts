/** What users import. A name that is added here is a promise; one that goes is a breaking change. */
import test from "ava";
import * as image from "../src/image/index.js";
import * as ashlar from "../src/index.js";

test("the portable entry exports these values and no others", (t) => {
  t.deepEqual(Object.keys(ashlar).sort(), [
    "AshlarError",
    "BufferPool",
    "CancelledError",
    "DEFAULT_AVAILABILITY_ZONE",
    "DEFAULT_BLOCK_SIZE",
    "DEFAULT_FILE_SIZE",
    "DEFAULT_MAX_OPERATIONS",
    "DigestTableReader",
    "DigestTableWriter",
    "ExpectedDigests",
    "FORMAT_VERSION",
    "FetchClient",
    "ForbiddenError",
    "IntegrityError",
    "InvalidStateError",
    "MemoryBudget",
    "MemorySink",
    "MemorySource",
    "MemoryTarget",
    "NotFoundError",
    "OPERATOR",
    "ObjectLedger",
    "ObjectParts",
    "POLICY",
    "PosixSink",
    "Profile",
    "StorageError",
    "StoredTable",
    "TargetWriter",
    "UsageError",
    "arenaSizeOf",
    "backupPrefix",
    "checkStoredObjects",
    "codecIdOf",
    "compress",
    "createBackup",
    "decompress",
    "defaultContainer",
    "diff",
    "digest",
    "digestTableName",
    "discard",
    "formatCreatedAt",
    "gibOf",
    "isAshlarError",
    "load",
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
    "planMemory",
    "planRestore",
    "planRestoreMemory",
    "portableRuntime",
    "prefixOfManifest",
    "printManifest",
    "printVolumeMetadata",
    "provideKernels",
    "read",
    "readLayer",
    "restoreBackup",
    "startProgress",
    "store",
    "verify",
    "verifyBackup",
    "wasmEngine",
    "windowSizeOf",
    "writableFileTarget",
    "write",
    "zlibCodec",
  ]);
});

test("the entry of images exports these values and no others", (t) => {
  t.deepEqual(Object.keys(image).sort(), ["ImageMemory", "VolumeImage", "imageHandler", "planImageMemory"]);
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
  await ashlar.createBackup(new ashlar.MemorySource(volume), sink, {
    ...stored,
    identity,
    codec: ashlar.zlibCodec,
    blockSize: 32_768,
    chunkSize: 65_536,
    runtime,
  });
  const target = new ashlar.MemoryTarget({ size: volume.length });
  await ashlar.restoreBackup(await ashlar.openChain([stored], runtime.hashes), target, { runtime });
  t.deepEqual(target.bytes, volume);
});
