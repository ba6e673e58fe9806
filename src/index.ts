/**
 * Ashlar's portable entry: everything that needs the web platform and WebAssembly only. `ashlar/node` adds files,
 * devices, SQLite and Node's own codecs to it.
 *
 * A minimal run: `createBackup` of a `VolumeSource` in an `ObjectSink`, `openRepository` over the sink, and `restoreBackup` of
 * a chain to a `VolumeTarget`, each with a `Runtime`. `openService` adds the catalog around these.
 */
export type { BackupRecord, BackupStatus } from "./catalog/backups.js";
export type { Catalog } from "./catalog/catalog.js";
export { openCatalog } from "./catalog/open-catalog.js";
export type { VolumeRecord, VolumeStatus } from "./catalog/volumes.js";
export { type Chain, openChain } from "./chain/chain.js";
export { checkStoredObjects, type Layer, readLayer, type StoredObjects } from "./chain/layer.js";
export {
  type PlanLayer,
  type PlannedObject,
  planRestore,
  type Range,
  type RestorePlan,
  type VolumeShape,
} from "./chain/plan.js";
export {
  type BackupsOptions,
  openRepository,
  type Repository,
  type RepositoryBackup,
  type RepositoryOptions,
  type SkippedBackup,
} from "./chain/repository.js";
export type { StoredBackup } from "./chain/stored-backup.js";
export { StoredTable } from "./chain/stored-table.js";
export type { Codec, CodecId, Codecs, Decoder, Encoder } from "./codecs/codec.js";
export { codecIdOf, parseCodecId } from "./codecs/labels.js";
export type { CodecLevels } from "./codecs/levels.js";
export type { CodecMemory } from "./codecs/memory.js";
export { zlibCodec } from "./codecs/zlib/codec.js";
export {
  AshlarError,
  CancelledError,
  type ErrorCode,
  type ErrorStatus,
  ForbiddenError,
  IntegrityError,
  type IntegrityPlace,
  InvalidStateError,
  isAshlarError,
  NotFoundError,
  StorageError,
  type StorageErrorDetails,
  UsageError,
} from "./errors.js";
export type { DigestTableHeader } from "./format/digest-table.js";
export { type ByteReader, DigestTableReader } from "./format/digest-table-reader.js";
export { type ByteWriter, DigestTableWriter } from "./format/digest-table-writer.js";
export { FORMAT_VERSION, formatCreatedAt, parseCreatedAt } from "./format/fields.js";
export {
  type BackupIdentity,
  type Manifest,
  type ManifestObject,
  parseManifest,
  printManifest,
} from "./format/manifest.js";
export {
  backupPrefix,
  defaultContainer,
  digestTableName,
  manifestName,
  objectName,
  type PrefixParts,
  type PrefixScheme,
  prefixOfManifest,
} from "./format/names.js";
export { printVolumeMetadata, type VolumeDescription } from "./format/volume-metadata.js";
export type { DigestEngine } from "./kernels/engine.js";
export { loadHashes } from "./kernels/hashes.js";
export { type KernelOptions, type Kernels, loadKernels } from "./kernels/kernels.js";
export { type KernelModules, provideKernels } from "./kernels/provided.js";
export { wasmEngine } from "./kernels/wasm-engine.js";
export { type BackupOptions, type BackupResult, createBackup } from "./pipeline/backup.js";
export { type BudgetOptions, type Hold, MemoryBudget } from "./pipeline/memory/budget.js";
export { type Geometry, windowSizeOf } from "./pipeline/memory/geometry.js";
export {
  type BackupShape,
  DEFAULT_MAX_OPERATIONS,
  type MemoryOptions,
  type MemoryPlan,
  type Operation,
  type OperationsMemory,
  planBackupMemory,
  planMemory,
  planRestoreMemory,
  type RestoreShape,
} from "./pipeline/memory/plan.js";
export {
  type Arena,
  arenaSizeOf,
  BufferPool,
  type PooledBuffer,
  type PoolOptions,
} from "./pipeline/memory/pool.js";
export { type RestoreOptions, type RestoreResult, restoreBackup, verifyBackup } from "./pipeline/restore.js";
export type { Compute, ComputeOptions, StreamMd5 } from "./pipeline/run/compute.js";
export { type PortableOptions, portableRuntime } from "./pipeline/run/portable-runtime.js";
export { Profile, type StageFigures, type StageMeter } from "./pipeline/run/profile.js";
export { type Progress, type RunOptions, startProgress } from "./pipeline/run/run.js";
export type { Runtime } from "./pipeline/run/runtime.js";
export { type CompressOptions, compress, type Gathering } from "./pipeline/stages/compress.js";
export { type DecompressOptions, decompress, type NextPart } from "./pipeline/stages/decompress.js";
export { type DiffOptions, diff, type FindRuns, type ParentDigests } from "./pipeline/stages/diff.js";
export { type DigestCollector, type DigestOptions, digest } from "./pipeline/stages/digest.js";
export { discard } from "./pipeline/stages/discard.js";
export { type DigestStream, ExpectedDigests } from "./pipeline/stages/expected-digests.js";
export type { Damage, FindingsOptions, VerifiedBlocks } from "./pipeline/stages/findings.js";
export { load, type ObjectLoader } from "./pipeline/stages/load.js";
export { ObjectParts, type ObjectPartsOptions } from "./pipeline/stages/object-parts.js";
export type { LoadedPart, PlainPart, VerifiedRange } from "./pipeline/stages/part.js";
export type { ProbeChunk } from "./pipeline/stages/probe.js";
export { type ReadOptions, read } from "./pipeline/stages/read.js";
export { ObjectLedger, type StoreOptions, store } from "./pipeline/stages/store.js";
export { type VerifyOptions, verify } from "./pipeline/stages/verify.js";
export type {
  DigestedWindow,
  EncodedPart,
  Extent,
  ExtentEnd,
  ExtentPart,
  Window,
} from "./pipeline/stages/window.js";
export { TargetWriter, write } from "./pipeline/stages/write.js";
export type {
  Clock,
  FileHandle,
  FileStatus,
  FileSystem,
  Hashes,
  HttpClient,
  HttpRequest,
  HttpResponse,
  OpenMode,
  RunningHash,
  SqlDatabase,
  SqlRow,
  SqlSession,
  SqlValue,
} from "./ports.js";
export { type Caller, OPERATOR, type Role } from "./service/caller.js";
export type { ServiceContext } from "./service/context.js";
export type { Host } from "./service/host.js";
export type { Notifier, ServiceEvent } from "./service/notifier.js";
export { openService } from "./service/open-service.js";
export { type Action, POLICY, type Policy } from "./service/policy.js";
export type {
  CleanFinding,
  CleanRepositoryRequest,
  ExportedRecord,
  Remains,
  ScanFinding,
  ScannedBackup,
} from "./service/repository-requests.js";
export type {
  BackupFilter,
  BackupView,
  ConsolidateBackupRequest,
  CreateBackupRequest,
  CreateVolumeRequest,
  RestoreBackupRequest,
  RestoreOutcome,
  VerifyBackupRequest,
  VerifyOutcome,
  WatchedBackup,
  WatchOptions,
  WatchOutcome,
} from "./service/requests.js";
export type { Service } from "./service/service.js";
export {
  DEFAULT_AVAILABILITY_ZONE,
  type Settings,
} from "./service/settings.js";
export { FetchClient } from "./sinks/http/fetch.js";
export { MemorySink, type MemorySinkOptions } from "./sinks/memory/sink.js";
export { PosixSink, type PosixSinkOptions } from "./sinks/posix/sink.js";
export type {
  CreateOptions,
  NamingScheme,
  ObjectEntry,
  ObjectReader,
  ObjectSink,
  ObjectWriter,
  OpenOptions,
} from "./sinks/sink.js";
export { type FileTargetOptions, openFileSource, openFileTarget } from "./sources/file.js";
export { MemorySource, MemoryTarget, type MemoryTargetOptions } from "./sources/memory.js";
export type { VolumeSource, VolumeTarget } from "./sources/volume.js";
export { type WritableFileTarget, writableFileTarget } from "./sources/writable-file.js";
export { DEFAULT_BLOCK_SIZE, DEFAULT_FILE_SIZE, gibOf } from "./units.js";
