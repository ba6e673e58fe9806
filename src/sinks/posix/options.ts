/** Options of Cinder's posix driver. */
import type { OptionTable } from "../../options/option.js";
import { text } from "../../options/values.js";
import { FILE_OPTIONS, type FileOptions } from "../file-options.js";

export interface PosixOptions extends FileOptions {
  readonly backup_posix_path: string | undefined;
}

export const POSIX_OPTIONS: OptionTable<PosixOptions> = {
  backup_posix_path: text("directory of the repository, if no repository URL is given"),
  ...FILE_OPTIONS,
};
