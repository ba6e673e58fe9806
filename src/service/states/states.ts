/**
 * The statuses in which each event may happen, the status that follows, and the message when it may not happen. All
 * changes of status go through these tables. The messages are the reference system's, because users know them.
 *
 *     backup   creating → available → restoring → available        volume   available, in-use → backing-up → as before
 *                  ↓          ↓                                             available → restoring-backup → available
 *                error →  deleting → (gone)                                               ↓
 *                             ↓                                                error_restoring, error
 *                       error_deleting
 */
import { type BackupStatus, LIVE_BACKUP_STATUSES } from "../../catalog/backups.js";
import type { SnapshotStatus } from "../../catalog/snapshots.js";
import type { VolumeStatus } from "../../catalog/volumes.js";
import { StateMachine, type Transition } from "./state-machine.js";

export type BackupEvent =
  | "complete"
  | "fail"
  | "restore"
  | "restored"
  | "consolidate"
  | "consolidated"
  | "verify"
  | "export"
  | "base"
  | "delete"
  | "force-delete"
  | "fail-delete"
  | "remove"
  | "reset-available"
  | "reset-error";

const aborted =
  (operation: string, expected: string) =>
  (status: string): string =>
    `${operation} backup aborted, expected backup status ${expected} but got ${status}.`;

export const BACKUP_STATES: StateMachine<BackupStatus, BackupEvent> = new StateMachine({
  noun: "backup",
  transitions: {
    complete: { from: ["creating"], to: ["available"], refusal: aborted("Create", "creating") },
    fail: { from: ["creating"], to: ["error"], refusal: aborted("Create", "creating") },
    restore: {
      from: ["available"],
      to: ["restoring"],
      refusal: (status) => `Backup status must be available and not ${status}`,
    },
    restored: { from: ["restoring"], to: ["available"], refusal: aborted("Restore", "restoring") },
    consolidate: {
      from: ["available"],
      to: ["consolidating"],
      refusal: (status) => `Backup status must be available and not ${status}`,
    },
    // Also when it failed or was stopped: the backup is then in its old state.
    consolidated: {
      from: ["consolidating"],
      to: ["available"],
      refusal: aborted("Consolidate", "consolidating"),
    },
    // Replaced objects stay until no operation reads them any more.
    verify: {
      from: ["available", "restoring", "consolidating"],
      to: [],
      refusal: (status) => `Backup status must be available, restoring or consolidating and not ${status}`,
    },
    export: {
      from: ["available"],
      to: [],
      refusal: (status) => `Backup status must be available and not ${status}`,
    },
    // An incremental that has read the parent's digests must still find the parent when it is recorded.
    base: {
      from: ["available", "restoring", "consolidating"],
      to: [],
      refusal: (status) => `the incremental is based on it, and it is ${status}`,
    },
    delete: {
      from: ["available", "error", "error_deleting"],
      to: ["deleting"],
      refusal: (status) => `Backup status must be available or error and not ${status}`,
    },
    "force-delete": {
      from: LIVE_BACKUP_STATUSES,
      to: ["deleting"],
      refusal: (status) => `it is ${status} already`,
    },
    "fail-delete": { from: ["deleting"], to: ["error_deleting"], refusal: aborted("Delete", "deleting") },
    remove: { from: ["deleting"], to: ["deleted"], refusal: aborted("Delete", "deleting") },
    // Statuses that another process works under are excluded: an unfinished backup must not become available.
    "reset-available": {
      from: ["available", "restoring", "error", "error_deleting"],
      to: ["available"],
      refusal: (status) => `Backup status must not be ${status} to be reset to available`,
    },
    "reset-error": {
      from: ["creating", "available", "restoring", "consolidating", "error", "error_deleting"],
      to: ["error"],
      refusal: (status) => `Backup status must not be ${status} to be reset to error`,
    },
  },
});

export type VolumeEvent =
  | "backup"
  | "backed-up"
  | "restore"
  | "restore-new"
  | "restored"
  | "fail-restore"
  | "cancel-restore"
  | "spare"
  | "delete"
  | "fail-delete"
  | "reset"
  | "create"
  | "fail-create"
  | "extend"
  | "extended"
  | "fail-extend"
  | "force-delete";

const VOLUME_STATUSES_IDLE: readonly VolumeStatus[] = ["available", "in-use", "error", "error_restoring"];

const VOLUME_STATUSES: readonly VolumeStatus[] = [
  ...VOLUME_STATUSES_IDLE,
  "creating",
  "backing-up",
  "restoring-backup",
  "deleting",
  "error_deleting",
  "extending",
  "error_extending",
  "attaching",
  "detaching",
  "error_attaching",
  "error_detaching",
  "maintenance",
  "managing",
  "error_managing",
  "reserved",
  "uploading",
  "downloading",
  "retyping",
];

const during =
  (expected: string) =>
  (status: string): string =>
    `expected volume status ${expected} but got ${status}.`;

const duringRestore = (to: readonly VolumeStatus[]): Transition<VolumeStatus> => ({
  from: ["restoring-backup"],
  to,
  refusal: (status) => `Restore backup aborted, expected volume status restoring-backup but got ${status}.`,
});

export const VOLUME_STATES: StateMachine<VolumeStatus, VolumeEvent> = new StateMachine({
  noun: "volume",
  transitions: {
    backup: {
      from: ["available", "in-use"],
      to: ["backing-up"],
      refusal: (status) =>
        `Volume to be backed up must be available or in-use, but the current status is "${status}"`,
    },
    "backed-up": {
      from: ["backing-up"],
      to: ["available", "in-use"],
      refusal: (status) => `Create backup aborted, expected volume status backing-up but got ${status}.`,
    },
    // A restore repairs what a failed restore left.
    restore: {
      from: ["available", "error", "error_restoring"],
      to: ["restoring-backup"],
      refusal: (status) =>
        `Volume to be restored to must be available, but the current status is "${status}"`,
    },
    // For a volume that was recorded for the restore.
    "restore-new": { from: ["creating"], to: ["restoring-backup"], refusal: during("creating") },
    restored: duringRestore(["available"]),
    "fail-restore": duringRestore(["error_restoring"]),
    "cancel-restore": duringRestore(["error"]),
    // The restore ended before it wrote anything.
    spare: duringRestore(["available", "error", "error_restoring"]),
    create: { from: ["creating"], to: ["available"], refusal: during("creating") },
    "fail-create": { from: ["creating"], to: ["error"], refusal: during("creating") },
    extend: {
      from: ["available"],
      to: ["extending"],
      refusal: (status) => `Volume to be extended must be available, but the current status is "${status}"`,
    },
    extended: { from: ["extending"], to: ["available"], refusal: during("extending") },
    "fail-extend": { from: ["extending"], to: ["error_extending"], refusal: during("extending") },
    // Only for a volume that no operation works on.
    "force-delete": {
      from: VOLUME_STATUSES,
      to: ["deleting"],
      refusal: (status) => `it is ${status}`,
    },
    delete: {
      from: ["available", "error", "error_restoring", "error_extending", "error_managing"],
      to: ["deleting"],
      refusal: (status) =>
        `Volume to be deleted must be available or in error, but the current status is "${status}"`,
    },
    "fail-delete": {
      from: ["deleting"],
      to: ["error"],
      refusal: (status) => `expected volume status deleting but got ${status}.`,
    },
    reset: {
      from: VOLUME_STATUSES_IDLE,
      to: ["available", "in-use", "error"],
      refusal: (status) => `Volume status must not be ${status} to be reset`,
    },
  },
});

export type SnapshotEvent =
  | "complete"
  | "fail-create"
  | "backup"
  | "backed-up"
  | "delete"
  | "abandon"
  | "fail-delete";

const snapshotExpected =
  (expected: string) =>
  (status: string): string =>
    `Create backup aborted, expected snapshot status ${expected} but got ${status}.`;

export const SNAPSHOT_STATES: StateMachine<SnapshotStatus, SnapshotEvent> = new StateMachine({
  noun: "snapshot",
  transitions: {
    complete: { from: ["creating"], to: ["available"], refusal: snapshotExpected("creating") },
    "fail-create": { from: ["creating"], to: ["error"], refusal: snapshotExpected("creating") },
    backup: {
      from: ["available"],
      to: ["backing-up"],
      refusal: (status) =>
        `Snapshot to be backed up must be available, but the current status is "${status}".`,
    },
    "backed-up": { from: ["backing-up"], to: ["available"], refusal: snapshotExpected("backing-up") },
    delete: {
      from: ["available", "error", "error_deleting"],
      to: ["deleting"],
      refusal: (status) =>
        `Snapshot to be deleted must be available or in error, but the current status is "${status}"`,
    },
    // The snapshot's process died, or the backup for which it was made has ended.
    abandon: {
      from: ["creating", "available", "backing-up", "deleting", "error", "error_deleting"],
      to: ["deleting"],
      refusal: (status) => `it is ${status}`,
    },
    "fail-delete": { from: ["deleting"], to: ["error_deleting"], refusal: snapshotExpected("deleting") },
  },
});
