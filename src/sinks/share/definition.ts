/** Shares of file servers, mounted as directories. */
import { UsageError } from "../../errors.js";
import type { SinkDefinition } from "../definition.js";
import { fileDefaults } from "../file-options.js";
import { GLUSTERFS_OPTIONS, type GlusterfsOptions, NFS_OPTIONS, type NfsOptions } from "./options.js";
import { parseShareUrl, printShareUrl, type ShareProtocol, shareOf } from "./url.js";

const NFS_SERVICE = "cinder.backup.drivers.nfs.NFSBackupDriver";
const GLUSTERFS_SERVICE = "cinder.backup.drivers.glusterfs.GlusterfsBackupDriver";

export const nfs: SinkDefinition<NfsOptions> = {
  name: "nfs",
  service: NFS_SERVICE,
  schemes: ["nfs:"],
  options: NFS_OPTIONS,
  canonical,
  locate: (url, { backup_share }) => locate(url, "nfs", { backup_share }),
  backupDefaults: fileDefaults,
  async open(url, options, host) {
    const { openShare } = await import("./open.js");
    return await openShare(url, host, {
      service: NFS_SERVICE,
      base: options.backup_mount_point_base,
      mountOptions: options.backup_mount_options,
      attempts: options.backup_mount_attempts,
      createsContainers: options.backup_create_containers,
    });
  },
};

export const glusterfs: SinkDefinition<GlusterfsOptions> = {
  name: "glusterfs",
  service: GLUSTERFS_SERVICE,
  schemes: ["glusterfs:"],
  options: GLUSTERFS_OPTIONS,
  canonical,
  locate: (url, { glusterfs_backup_share }) => locate(url, "glusterfs", { glusterfs_backup_share }),
  backupDefaults: fileDefaults,
  async open(url, options, host) {
    const { openShare } = await import("./open.js");
    return await openShare(url, host, {
      service: GLUSTERFS_SERVICE,
      base: options.glusterfs_backup_mount_point,
      attempts: options.backup_mount_attempts,
      createsContainers: options.backup_create_containers,
    });
  },
};

function canonical(url: string): string {
  return printShareUrl(parseShareUrl(url));
}

/** @param option the option that names the share, and its value */
function locate(
  url: string | undefined,
  protocol: ShareProtocol,
  option: Readonly<Record<string, string | undefined>>,
): string {
  if (url !== undefined) return canonical(url);
  const [[name, share]] = Object.entries(option) as [[string, string | undefined]];
  if (share !== undefined) return printShareUrl(shareOf(protocol, share));
  throw new UsageError(
    `Cannot use ${protocol}: nothing to mount is given; set ${name}, or give a repository ${protocol}://host/path`,
  );
}
