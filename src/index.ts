/**
 * Ashlar's main entry: back up, restore, verify and list, with sinks and sources for any runtime with the web platform
 * and WebAssembly.
 *
 *     const runtime = await portableRuntime();
 *     await createBackup(source, sink, …);
 *     const repository = await openRepository(sink);
 *     await restoreBackup(await repository.openChain(id), target, { runtime });
 *
 * Each other entry has one audience: `ashlar/stages` builds other pipelines from the same stages, `ashlar/format` reads
 * and writes the stored format, `ashlar/service` adds a catalog, and `ashlar/node` adds Node's files, devices and
 * codecs.
 */
export type { Chain } from "./chain/chain.js";
export type { ParentBackup } from "./chain/parent.js";
export {
  type BackupsOptions,
  openRepository,
  type Repository,
  type RepositoryBackup,
  type RepositoryOptions,
  type SkippedBackup,
} from "./chain/repository.js";
export type { StoredBackup } from "./chain/stored-backup.js";
export type {
  Codec,
  CodecId,
  Codecs,
  Decoder,
  Encoder,
  ObjectEncoder,
  PieceEncoder,
  WholeEncoder,
} from "./codecs/codec.js";
export type { CodecLevels } from "./codecs/levels.js";
export type { CodecMemory } from "./codecs/memory.js";
export {
  AshlarError,
  CancelledError,
  type DamageLocation,
  type ErrorCode,
  type ErrorStatus,
  ForbiddenError,
  IntegrityError,
  InvalidStateError,
  isAshlarError,
  LockedError,
  NotFoundError,
  StorageError,
  type StorageErrorDetails,
  UsageError,
} from "./errors.js";
export type { BackupIdentity, ManifestObject } from "./format/manifest.js";
export type { BackupResult } from "./pipeline/backup.js";
export { type CompareOptions, type Comparison, compareSource } from "./pipeline/compare-source.js";
export { type BackupOptions, type CreatedBackup, createBackup } from "./pipeline/create-backup.js";
export type { Geometry } from "./pipeline/memory/geometry.js";
export {
  type BackupShape,
  type MemoryOptions,
  type MemoryPlan,
  type Operation,
  type OperationsMemory,
  planBackupMemory,
  planMemory,
  planRestoreMemory,
  type RestoreShape,
} from "./pipeline/memory/plan.js";
export { type RestoreOptions, restoreBackup, verifyBackup } from "./pipeline/restore.js";
export { type PortableOptions, portableRuntime } from "./pipeline/run/portable-runtime.js";
export { Profile, type StageFigures, type StageMeter } from "./pipeline/run/profile.js";
export type { RestoreResult } from "./pipeline/run/restore-result.js";
export { type Progress, type RunOptions, startProgress } from "./pipeline/run/run.js";
export type { Runtime } from "./pipeline/run/runtime.js";
export type { Damage, FindingsOptions, VerifiedBlocks } from "./pipeline/stages/findings.js";
export type { FileHandle, FileStatus, FileSystem, Hashes, OpenMode, RunningHash } from "./ports.js";
export { BaseSink } from "./sinks/base-sink.js";
export { SinkLayer } from "./sinks/layers/layer.js";
export { MemorySink, type MemorySinkOptions } from "./sinks/memory/sink.js";
export type {
  CreateOptions,
  NamingScheme,
  ObjectEntry,
  ObjectReader,
  ObjectSink,
  ObjectWriter,
  OpenOptions,
  StoreTraits,
  UnfinishedEntry,
} from "./sinks/sink.js";
export { type FileTargetOptions, openFileSource, openFileTarget } from "./sources/file.js";
export { MemorySource, MemoryTarget, type MemoryTargetOptions } from "./sources/memory.js";
export type { ByteRange, Ranges } from "./sources/ranges.js";
export { type StreamSourceOptions, streamSource } from "./sources/stream.js";
export type { VolumeOutput, VolumeSource, VolumeStream, VolumeTarget } from "./sources/volume.js";
export { type WritableFileTarget, writableFileTarget } from "./sources/writable-file.js";
