import type { BackupRow } from "../../src/catalog/backups.js";
import type { OperationRow } from "../../src/catalog/operations.js";
import type { SnapshotRow } from "../../src/catalog/snapshots.js";
import type { VolumeRow } from "../../src/catalog/volumes.js";
import { UsageError } from "../../src/errors.js";
import { throwIfCancelled } from "../../src/pipeline/run/run.js";
import { type Caller, OPERATOR } from "../../src/service/access/caller.js";
import type { CompareOutcome, VerifyOutcome } from "../../src/service/backups/requests.js";
import type { Fleet } from "../../src/service/fleet/fleet.js";
import type { BatchRuns } from "../../src/service/operations/batch-runs.js";
import type { HistoryCalls } from "../../src/service/repositories/history-calls.js";
import type {
  ImportedRecord,
  Remains,
  RepositoryCheck,
  ScannedBackup,
} from "../../src/service/repositories/requests.js";
import type {
  BackupView,
  CopyOutcome,
  CreateSnapshotRequest,
  DeleteOptions,
  ListOptions,
  PruneDecision,
  RestoreOutcome,
  StreamOutcome,
  UpdateBackupRequest,
  UpdateSnapshotRequest,
  WatchedBackup,
  WatchOptions,
} from "../../src/service/requests.js";
import type { Service } from "../../src/service/service.js";

export const VOLUME: VolumeRow = {
  id: "0a1b2c3d-0000-4000-8000-000000000001",
  name: "system",
  description: null,
  source: "/dev/vg0/system",
  size: 3_000_000_000,
  status: "available",
  previousStatus: null,
  availabilityZone: "nova",
  bootable: false,
  encryptionKeyId: null,
  volumeTypeId: null,
  snapshotId: null,
  sourceVolumeId: null,
  isReadOnly: null,
  metadata: { tier: "gold", owner: "ops" },
  userId: null,
  projectId: null,
  holder: null,
  createdAt: new Date("2026-11-22T11:56:02.509Z"),
  updatedAt: null,
};

export const BACKUP: BackupRow = {
  id: "b0000000-0000-4000-8000-000000000001",
  userId: "admin",
  projectId: "admin",
  volumeId: VOLUME.id,
  host: null,
  availabilityZone: "nova",
  container: "b0/00/b0000000",
  parentId: null,
  status: "available",
  failReason: null,
  size: 3,
  name: "monday",
  description: null,
  serviceMetadata: "volume_0a_20261122_backup_b0",
  sparePrefix: null,
  spareParentId: null,
  hasContainer: true,
  service: "cinder.backup.drivers.posix.PosixBackupDriver",
  objectCount: 2,
  snapshotId: null,
  dataTimestamp: new Date("2026-11-22T11:56:02.509Z"),
  restoreVolumeId: null,
  encryptionKeyId: null,
  metadata: {},
  repository: "file:///srv/backups",
  volumeSize: 3_000_000_000,
  storedSize: 1_234_567,
  manifestSha256: null,
  digestTableSha256: null,
  volumeMetadata: null,
  hintsRefused: null,
  lockMode: null,
  lockedUntil: null,
  isHeld: false,
  spareLockedUntil: null,
  verifiedTo: null,
  verifiedAt: null,
  holder: null,
  createdAt: new Date("2026-11-22T11:56:02.509Z"),
  updatedAt: new Date("2026-11-22T11:57:00.000Z"),
};

export const FULL: BackupView = {
  backup: BACKUP,
  volumeName: "system",
  hasDependents: true,
  chainLength: 1,
  operations: [],
};

export const INCREMENTAL: BackupView = {
  backup: {
    ...BACKUP,
    id: "b0000000-0000-4000-8000-000000000002",
    name: null,
    parentId: BACKUP.id,
    volumeSize: null,
    storedSize: null,
    metadata: { reason: "nightly" },
  },
  volumeName: "system",
  hasDependents: false,
  chainLength: 2,
  operations: [],
};
const SNAPSHOT: SnapshotRow = {
  id: "c0000000-0000-4000-8000-000000000001",
  name: "frozen",
  description: null,
  volumeId: VOLUME.id,
  size: 3_000_000_000,
  status: "available",
  kind: "lvm",
  source: "/dev/vg0/ashlar-c0",
  temporary: false,
  progress: null,
  metadata: {},
  userId: "admin",
  projectId: "admin",
  holder: null,
  createdAt: new Date("2026-11-22T11:56:02.509Z"),
  updatedAt: null,
};
export const OPERATION: OperationRow = {
  number: 7,
  kind: "backup",
  state: "running",
  holder: "host/boot/namespace/1/2",
  slots: 1,
  memory: 100_000_000,
  backupId: BACKUP.id,
  volumeId: VOLUME.id,
  cancelReason: null,
  host: null,
  projectId: null,
  repository: null,
  request: null,
  heartbeatAt: new Date("2026-11-22T11:56:05.000Z"),
  createdAt: new Date("2026-11-22T11:56:02.509Z"),
  startedAt: new Date("2026-11-22T11:56:02.509Z"),
  stage: "running",
  bytesDone: 1_500_000_000,
  bytesTotal: 3_000_000_000,
  storedBytes: 600_000_000,
  bytesPerSecond: 500_000_000,
};
export const RESTORED: RestoreOutcome = {
  backup: BACKUP,
  volume: VOLUME,
  restoredSize: 3_000_000_000,
  verifiedDigests: 91_553,
};
export const VERIFIED: VerifyOutcome = {
  backup: BACKUP,
  verifiedSize: 3_000_000_000,
  verifiedDigests: 91_553,
  verifiedObjects: 2,
  chainLength: 1,
};
const SCANNED: ScannedBackup = {
  finding: "skipped",
  container: "b9",
  prefix: "volume_x",
  backupId: undefined,
  volumeId: undefined,
  reason: 'manifest "volume_x_metadata" is malformed',
};

const CHECKED: RepositoryCheck = {
  check: "put",
  finding: "good",
  detail: undefined,
  advice: undefined,
};

const IMPORTED: ImportedRecord = {
  finding: "added",
  backupId: BACKUP.id,
  missingParentId: undefined,
  reason: undefined,
};

export interface Call {
  readonly method: keyof Service;
  /** Without the run's signal and counters. */
  readonly argument: unknown;
}

/** A service that has one answer to everything and keeps the questions. */
export class FakeService implements Service {
  readonly calls: Call[] = [];
  isClosed = false;
  checks: RepositoryCheck[] = [CHECKED];

  readonly caller: Caller = OPERATOR;
  imported: ImportedRecord[] = [IMPORTED];

  as(): Service {
    return this;
  }

  withSettings(): Service {
    return this;
  }

  async copyBackup(request: unknown): Promise<CopyOutcome> {
    this.#note("copyBackup", request);
    return { source: BACKUP, copy: BACKUP, copiedBackups: 1, storedSize: 1_234_567 };
  }

  async batchRuns(): Promise<BatchRuns> {
    throw new Error("no batches are recorded here");
  }

  #note(method: keyof Service, argument?: unknown): void {
    if (typeof argument !== "object" || argument === null) this.calls.push({ method, argument });
    else {
      const { signal: _1, progress: _2, profile: _3, ...request } = argument as Record<string, unknown>;
      this.calls.push({ method, argument: request });
    }
  }

  async createVolume(request: unknown): Promise<VolumeRow> {
    this.#note("createVolume", request);
    return VOLUME;
  }

  async updateVolume(request: unknown): Promise<VolumeRow> {
    this.#note("updateVolume", request);
    return VOLUME;
  }

  async listVolumes(options?: unknown): Promise<VolumeRow[]> {
    this.#note("listVolumes", options);
    return [VOLUME];
  }

  async findVolume(name: string): Promise<VolumeRow> {
    this.#note("findVolume", name);
    return VOLUME;
  }

  async deleteVolume(name: string): Promise<VolumeRow> {
    this.#note("deleteVolume", name);
    return VOLUME;
  }

  async createBackup(request: Parameters<Service["createBackup"]>[0]): Promise<BackupView> {
    this.#note("createBackup", request);
    return FULL;
  }

  async queueBackup(request: unknown): Promise<BackupView> {
    this.#note("queueBackup", request);
    return FULL;
  }

  async queueRestore(request: unknown): Promise<BackupView> {
    this.#note("queueRestore", request);
    return FULL;
  }

  async fleet(): Promise<Fleet> {
    return {
      work: async () => undefined,
      workers: async () => [],
      drain: async () => [],
      limits: async () => [],
      setLimit: async () => undefined,
      removeLimit: async () => undefined,
    };
  }

  async releaseHold(backup: string): Promise<BackupRow> {
    this.#note("releaseHold", backup);
    return BACKUP;
  }

  async history(): Promise<HistoryCalls> {
    const refuse = async (): Promise<never> => {
      throw new UsageError("Cannot use the history: no key is named");
    };
    return { list: async () => [], add: async () => [], prove: refuse, check: refuse };
  }

  async listBackups(filter: unknown): Promise<BackupView[]> {
    this.#note("listBackups", filter);
    return [INCREMENTAL, FULL];
  }

  async findBackup(name: string): Promise<BackupView> {
    this.#note("findBackup", name);
    return FULL;
  }

  points: WatchedBackup[] = [];
  /** Called before each point. */
  beforePoint: () => void = () => undefined;

  async *watchBackup(name: string, options?: WatchOptions): AsyncGenerator<WatchedBackup, void, undefined> {
    this.#note("watchBackup", name);
    for (const point of this.points) {
      this.beforePoint();
      throwIfCancelled(options?.signal);
      yield point;
    }
  }

  async deleteBackup(name: string, options?: DeleteOptions): Promise<BackupRow> {
    this.#note("deleteBackup", options?.force ? { name, ...options } : name);
    return BACKUP;
  }

  async updateBackup(request: UpdateBackupRequest): Promise<BackupRow> {
    this.#note("updateBackup", request);
    return BACKUP;
  }

  async resetBackup(name: string, status: string): Promise<BackupRow> {
    this.#note("resetBackup", { name, status });
    return BACKUP;
  }

  async resetVolume(name: string, status: string): Promise<VolumeRow> {
    this.#note("resetVolume", { name, status });
    return VOLUME;
  }

  async listOperations(): Promise<OperationRow[]> {
    this.#note("listOperations");
    return [OPERATION];
  }

  async cancelOperation(number: number): Promise<OperationRow> {
    this.#note("cancelOperation", number);
    return OPERATION;
  }

  async createSnapshot(request: CreateSnapshotRequest): Promise<SnapshotRow> {
    this.#note("createSnapshot", request);
    return SNAPSHOT;
  }

  async listSnapshots(volume?: string, options?: ListOptions): Promise<SnapshotRow[]> {
    this.#note("listSnapshots", { volume, ...options });
    return [SNAPSHOT];
  }

  async findSnapshot(name: string): Promise<SnapshotRow> {
    this.#note("findSnapshot", name);
    return SNAPSHOT;
  }

  async updateSnapshot(request: UpdateSnapshotRequest): Promise<SnapshotRow> {
    this.#note("updateSnapshot", request);
    return SNAPSHOT;
  }

  async deleteSnapshot(name: string): Promise<SnapshotRow> {
    this.#note("deleteSnapshot", name);
    return SNAPSHOT;
  }

  async pruneBackups(request: unknown): Promise<PruneDecision[]> {
    this.#note("pruneBackups", request);
    return [{ backup: BACKUP, isKept: true, reasons: ["last", "daily"], volumeName: "system" }];
  }

  async findChainOf(name: string): Promise<BackupRow[]> {
    this.#note("findChainOf", name);
    return [INCREMENTAL.backup, BACKUP];
  }

  async restoreBackup(request: unknown): Promise<RestoreOutcome> {
    this.#note("restoreBackup", request);
    return RESTORED;
  }

  async consolidateBackup(request: unknown): Promise<BackupView> {
    this.#note("consolidateBackup", request);
    return FULL;
  }

  async streamBackup(request: unknown): Promise<StreamOutcome> {
    this.#note("streamBackup", request);
    return { backup: RESTORED.backup, restoredSize: RESTORED.restoredSize, verifiedDigests: 92 };
  }

  async verifyBackup(request: unknown): Promise<VerifyOutcome> {
    this.#note("verifyBackup", request);
    return VERIFIED;
  }

  async compareBackup(request: unknown): Promise<CompareOutcome> {
    this.#note("compareBackup", request);
    const { backup } = VERIFIED;
    const differing = [{ offset: 8192, length: 4096 }];
    const found = { differing, differingSize: 4096, isCut: false, comparedSize: 65536 };
    return {
      backup,
      source: "/dev/sdb",
      ...found,
      missing: undefined,
      beyond: { offset: 65536, length: 10 },
    };
  }

  async exportRecord(name: string): Promise<{ backup_service: string; backup_url: string }> {
    this.#note("exportRecord", name);
    return { backup_service: "cinder.backup.drivers.posix.PosixBackupDriver", backup_url: "eyJpZCI6IDF9" };
  }

  async exportRecords(): Promise<{ backup_service: string; backup_url: string }[]> {
    this.#note("exportRecords");
    return [{ backup_service: "a.driver", backup_url: "eyJ9" }];
  }

  async importRecord(record: unknown): Promise<BackupRow> {
    this.#note("importRecord", record);
    return BACKUP;
  }

  async importRecords(request: unknown): Promise<ImportedRecord[]> {
    this.#note("importRecords", request);
    return this.imported;
  }

  async scanRepository(options: unknown): Promise<ScannedBackup[]> {
    this.#note("scanRepository", options);
    return [SCANNED];
  }

  async checkRepository(request: unknown): Promise<RepositoryCheck[]> {
    this.#note("checkRepository", request);
    return this.checks;
  }

  async cleanRepository(request: unknown): Promise<Remains[]> {
    this.#note("cleanRepository", request);
    return [
      {
        ...{ finding: "left over", container: "b0/00/b0", prefix: "volume_0a_1_backup_b0", backupId: "b0" },
        ...{ objectCount: 2, unfinishedCount: 1, storedSize: 12, modifiedAt: VOLUME.createdAt },
      },
    ];
  }

  async blockStorage(): Promise<never> {
    throw new Error("The command does not use the calls of the API");
  }

  monitor(): never {
    throw new Error("Only the process that serves the API is monitored");
  }

  async resume(): Promise<never> {
    throw new Error("Only the process that serves the API resumes work");
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
