/** A directory: options of the reference system's posix driver. */
import { DEFAULT_BLOCK_SIZE, DEFAULT_FILE_SIZE } from "../../units.js";
import type { Driver, DriverOption } from "../driver.js";
import { PROGRESS_TIMER, parseBytes } from "../option-checks.js";
import { repositoryUrl } from "./url.js";

/** Options of every driver that keeps objects as files. */
export const FILE_OPTIONS: Readonly<Record<string, DriverOption>> = {
  backup_container: {
    help: "container for backups that name none; else every backup gets its own",
  },
  backup_file_size: {
    default: String(DEFAULT_FILE_SIZE),
    help: "most plain bytes in one object; a multiple of the block size",
    check: parseBytes,
  },
  backup_sha_block_size_bytes: {
    default: String(DEFAULT_BLOCK_SIZE),
    help: "unit in which changes are noticed",
    check: parseBytes,
  },
  backup_enable_progress_timer: PROGRESS_TIMER,
};

export const FILE_SIZES = {
  objectSize: "backup_file_size",
  blockSize: "backup_sha_block_size_bytes",
  container: "backup_container",
  progressTimer: "backup_enable_progress_timer",
} as const;

export const posixDriver: Driver = {
  name: "posix",
  service: "cinder.backup.drivers.posix.PosixBackupDriver",
  schemes: ["file:"],
  options: {
    backup_posix_path: { help: "directory of the repository, where no repository is named by its URL" },
    ...FILE_OPTIONS,
  },
  ...FILE_SIZES,
  repository(url, option, host) {
    if (url !== undefined) return repositoryUrl(url, host);
    const path = option("backup_posix_path");
    return path === undefined ? undefined : host.fileUrl(path);
  },
};
