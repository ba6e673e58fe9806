import type { SinkDefinition } from "../definition.js";
import { fileDefaults } from "../file-options.js";
import { POSIX_OPTIONS, type PosixOptions } from "./options.js";
import { canonicalFileUrl, fileUrlOfPath } from "./url.js";

/** A directory. */
export const posix: SinkDefinition<PosixOptions> = {
  name: "posix",
  service: "cinder.backup.drivers.posix.PosixBackupDriver",
  schemes: ["file:"],
  options: POSIX_OPTIONS,
  canonical: canonicalFileUrl,
  locate(url, { backup_posix_path: path }, paths) {
    if (url !== undefined) return canonicalFileUrl(url, paths);
    return path === undefined ? undefined : fileUrlOfPath(path, paths);
  },
  backupDefaults: fileDefaults,
  async open(url, options, host) {
    const { openPosix } = await import("./open.js");
    return openPosix(url, options, host);
  },
};
