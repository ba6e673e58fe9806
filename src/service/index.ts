/**
 * The service: volumes, snapshots and backups with their states in a catalog, over any SQL database and host. On Node,
 * `openNodeService` of `ashlar/node` provides both.
 */
export type { BackupRow, BackupStatus } from "../catalog/backups.js";
export type { Catalog } from "../catalog/catalog.js";
export { openCatalog } from "../catalog/open-catalog.js";
export type { VolumeRow, VolumeStatus } from "../catalog/volumes.js";
export { DEFAULT_AVAILABILITY_ZONE } from "../format/names.js";
export type { LostRange } from "../pipeline/lost-ranges.js";
export { DEFAULT_MAX_OPERATIONS } from "../pipeline/memory/plan.js";
export type { Clock, SqlDatabase, SqlRow, SqlSession, SqlValue } from "../ports.js";
export { DEFAULT_BLOCK_SIZE, DEFAULT_FILE_SIZE } from "../units.js";
export { type Caller, OPERATOR, type Role } from "./access/caller.js";
export { type Action, POLICY, type Policy, type Rule } from "./access/policy.js";
export type {
  CompareBackupRequest,
  CompareOutcome,
  VerifyBackupRequest,
  VerifyOutcome,
  VerifySubset,
} from "./backups/requests.js";
export type { ServiceContext } from "./context.js";
export type { Host, ServiceParts, Snapshots } from "./host.js";
export type { Notifier, ServiceEvent } from "./notifier.js";
export { openService } from "./open-service.js";
export type {
  CleanFinding,
  CleanRepositoryRequest,
  ExportedRecord,
  Remains,
  ScanFinding,
  ScannedBackup,
} from "./repositories/requests.js";
export type {
  BackupFilter,
  BackupView,
  ConsolidateBackupRequest,
  CreateBackupRequest,
  CreateVolumeRequest,
  RestoreBackupRequest,
  RestoreOutcome,
  SalvageOutcome,
  WatchedBackup,
  WatchOptions,
  WatchOutcome,
} from "./requests.js";
export type { Service } from "./service.js";
export type { NotificationBus, Settings } from "./settings.js";
