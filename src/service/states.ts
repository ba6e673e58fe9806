/**
 * Which operation may start in which state, and what is said where it may not. The messages are the reference
 * system's, because users know them.
 */
import type { BackupRecord, BackupStatus } from "../catalog/backups.js";
import type { VolumeRecord, VolumeStatus } from "../catalog/volumes.js";
import { InvalidStateError } from "../errors.js";

/** Statuses from which an operation on a backup may start. */
export const BACKUP_STARTS: Readonly<
  Record<"restore" | "delete" | "export" | "verify", readonly BackupStatus[]>
> = {
  restore: ["available"],
  delete: ["available", "error", "error_deleting"],
  export: ["available"],
  verify: ["available", "restoring"],
};

/** Statuses from which an operation on a volume may start. A restore mends what a failed restore left. */
export const VOLUME_STARTS: Readonly<Record<"backup" | "restore" | "delete", readonly VolumeStatus[]>> = {
  backup: ["available", "in-use"],
  restore: ["available", "error", "error_restoring"],
  delete: ["available", "error", "error_restoring"],
};

const BACKUP_REFUSALS: Readonly<Record<keyof typeof BACKUP_STARTS, (status: BackupStatus) => string>> = {
  restore: (status) => `Backup status must be available and not ${status}`,
  delete: (status) => `Backup status must be available or error and not ${status}`,
  export: (status) => `Backup status must be available and not ${status}`,
  verify: (status) => `Backup status must be available or restoring and not ${status}`,
};

const VOLUME_REFUSALS: Readonly<Record<keyof typeof VOLUME_STARTS, (status: VolumeStatus) => string>> = {
  backup: (status) =>
    `Volume to be backed up must be available or in-use, but the current status is "${status}"`,
  restore: (status) => `Volume to be restored to must be available, but the current status is "${status}"`,
  delete: (status) =>
    `Volume to be deleted must be available or in error, but the current status is "${status}"`,
};

/** @throws InvalidStateError */
export function checkBackupStatus(backup: BackupRecord, operation: keyof typeof BACKUP_STARTS): void {
  if (BACKUP_STARTS[operation].includes(backup.status)) return;
  throw new InvalidStateError(`Invalid backup ${backup.id}: ${BACKUP_REFUSALS[operation](backup.status)}`);
}

/** @throws InvalidStateError */
export function checkVolumeStatus(volume: VolumeRecord, operation: keyof typeof VOLUME_STARTS): void {
  if (VOLUME_STARTS[operation].includes(volume.status)) return;
  throw new InvalidStateError(`Invalid volume ${volume.id}: ${VOLUME_REFUSALS[operation](volume.status)}`);
}
