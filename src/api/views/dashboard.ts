/** Answers for a dashboard. */
import type { BackupStatus } from "../../catalog/backups.js";
import type { OperationKind, OperationState } from "../../catalog/operations.js";
import type { LiveOperation, MemoryUse, RepositoryHealth } from "../../service/block-storage/dashboard.js";
import type { EndedTask } from "../../service/operations/ended-tasks.js";
import type { BackupView } from "../../service/requests.js";
import type { Call } from "../call.js";
import { publicText } from "../faults.js";
import { moment } from "./dates.js";

/** A backup with its place in a chain. */
export interface ChainLink {
  readonly id: string;
  readonly name: string | null;
  readonly status: BackupStatus;
  readonly fail_reason: string | null;
  readonly volume_id: string;
  readonly volume_name: string | null;
  readonly parent_id: string | null;
  readonly has_dependent_backups: boolean;
  /** `null` where the catalog lacks one of its ancestors. */
  readonly chain_length: number | null;
  readonly created_at: string;
  readonly data_timestamp: string | null;
  /** GiB. */
  readonly size: number;
  /** Bytes of the volume. */
  readonly volume_size: number | null;
  /** Bytes of its objects. */
  readonly stored_size: number | null;
  readonly object_count: number;
  /** For those who may see it. */
  readonly project_id?: string | null;
}

/** Seconds that a stage of the pipeline has spent in each state. */
export interface StageAnswer {
  readonly stage: string;
  readonly bytes: number;
  readonly busy_seconds: number;
  readonly wait_input_seconds: number;
  readonly wait_output_seconds: number;
}

export interface OperationAnswer {
  readonly number: number;
  readonly kind: OperationKind;
  readonly state: OperationState;
  readonly stage: string;
  readonly backup_id: string | null;
  readonly volume_id: string | null;
  readonly bytes_done: number;
  /** 0 while unknown. */
  readonly bytes_total: number;
  readonly stored_bytes: number;
  readonly bytes_per_second: number;
  /** Bytes of memory that it has planned. */
  readonly memory: number;
  readonly created_at: string;
  readonly started_at: string | null;
  /** Empty for operations of other processes. */
  readonly stages: readonly StageAnswer[];
}

/** A request that was accepted earlier, and its outcome. */
export interface EndedAnswer {
  readonly action: string;
  readonly resource_type: EndedTask["resourceType"];
  readonly resource_uuid: string;
  readonly request_id: string | null;
  readonly ended_at: string;
  /** `null` where it succeeded. */
  readonly error: string | null;
}

export interface MemoryAnswer {
  /** Bytes planned by running operations, and by waiting ones. */
  readonly planned: number;
  readonly waiting: number;
  /** `backup_max_memory`; `null` for no limit. */
  readonly limit: number | null;
  /** Bytes of memory that the server takes up; `null` where unknown. */
  readonly resident: number | null;
  readonly running_operations: number;
  readonly waiting_operations: number;
  /** `backup_max_operations`; 0 for no limit. */
  readonly max_operations: number;
  readonly queued_tasks: number;
}

export interface RepositoryAnswer {
  readonly state: RepositoryHealth["state"];
  readonly is_marked: boolean;
  readonly error: string | null;
  readonly backups: Readonly<Partial<Record<BackupStatus, number>>>;
  readonly stored_size: number;
}

export function chainLink(call: Call, { backup, ...view }: BackupView): ChainLink {
  const { volumeName, hasDependents, chainLength } = view;
  return {
    id: backup.id,
    name: backup.name,
    status: backup.status,
    fail_reason: backup.failReason === null ? null : publicText(backup.failReason),
    volume_id: backup.volumeId,
    volume_name: volumeName,
    parent_id: backup.parentId,
    has_dependent_backups: hasDependents,
    chain_length: chainLength ?? null,
    created_at: moment(backup.createdAt),
    data_timestamp: moment(backup.dataTimestamp),
    size: backup.size,
    volume_size: backup.volumeSize,
    stored_size: backup.storedSize,
    object_count: backup.objectCount,
    ...(call.storage.allows("backup:backup_project_attribute") && { project_id: backup.projectId }),
  };
}

export function liveOperation({ row, stages }: LiveOperation): OperationAnswer {
  return {
    number: row.number,
    kind: row.kind,
    state: row.state,
    stage: row.stage,
    backup_id: row.backupId,
    volume_id: row.volumeId,
    bytes_done: row.bytesDone,
    bytes_total: row.bytesTotal,
    stored_bytes: row.storedBytes,
    bytes_per_second: row.bytesPerSecond,
    memory: row.memory,
    created_at: moment(row.createdAt),
    started_at: moment(row.startedAt),
    stages: stages.map((figures) => ({
      stage: figures.stage,
      bytes: figures.bytes,
      busy_seconds: figures.busySeconds,
      wait_input_seconds: figures.waitInputSeconds,
      wait_output_seconds: figures.waitOutputSeconds,
    })),
  };
}

export function endedTask(task: EndedTask): EndedAnswer {
  return {
    action: task.action,
    resource_type: task.resourceType,
    resource_uuid: task.resourceId,
    request_id: task.requestId ?? null,
    ended_at: moment(task.endedAt),
    error: task.error === undefined ? null : publicText(task.error),
  };
}

/** @param resident bytes of the process, as far as known */
export function memoryUse(use: MemoryUse, resident: number | undefined): MemoryAnswer {
  return {
    planned: use.planned,
    waiting: use.waiting,
    limit: use.limits.maxMemory ?? null,
    resident: resident ?? null,
    running_operations: use.runningOperations,
    waiting_operations: use.waitingOperations,
    max_operations: use.limits.maxOperations,
    queued_tasks: use.queuedTasks,
  };
}

export function repositoryHealth(health: RepositoryHealth): RepositoryAnswer {
  return {
    state: health.state,
    is_marked: health.isMarked,
    error: health.error === undefined ? null : publicText(health.error),
    backups: Object.fromEntries(health.backups),
    stored_size: health.storedSize,
  };
}
