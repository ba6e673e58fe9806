/** Options of every store that keeps objects as files. */
import type { OptionTable } from "../options/option.js";
import { bytes, text } from "../options/values.js";
import { DEFAULT_BLOCK_SIZE, DEFAULT_FILE_SIZE } from "../units.js";
import { COMMON_OPTIONS, type CommonOptions, PROGRESS_TIMER } from "./common-options.js";
import type { BackupDefaults } from "./definition.js";

export interface FileOptions extends CommonOptions {
  readonly backup_container: string | undefined;
  readonly backup_file_size: number;
  readonly backup_sha_block_size_bytes: number;
  readonly backup_enable_progress_timer: boolean;
}

export const FILE_OPTIONS: OptionTable<FileOptions> = {
  backup_container: text("container of backups that name none; default: every backup has its own"),
  backup_file_size: bytes({
    default: DEFAULT_FILE_SIZE,
    help: "maximum bytes of the volume in one object; a multiple of the block size",
  }),
  backup_sha_block_size_bytes: bytes({
    default: DEFAULT_BLOCK_SIZE,
    help: "unit of change tracking",
  }),
  backup_enable_progress_timer: PROGRESS_TIMER,
  ...COMMON_OPTIONS,
};

export function fileDefaults(options: FileOptions): BackupDefaults {
  return {
    fileSize: options.backup_file_size,
    blockSize: options.backup_sha_block_size_bytes,
    container: options.backup_container,
    progressTimer: options.backup_enable_progress_timer,
  };
}
