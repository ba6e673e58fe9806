/** Directories that are mounted: options of the reference system's NFS and GlusterFS drivers. */
import { UsageError } from "../../errors.js";
import type { Driver, DriverOption } from "../driver.js";
import { parseBytes } from "../option-checks.js";
import { FILE_OPTIONS, FILE_SIZES } from "../posix/options.js";
import { parseShareUrl, printShareUrl, type ShareProtocol, shareOf } from "./url.js";

interface ShareDriver {
  readonly protocol: ShareProtocol;
  readonly service: string;
  /** The option with `host:path`. */
  readonly shareOption: string;
  readonly options: Readonly<Record<string, DriverOption>>;
}

function shareDriver({ protocol, service, shareOption, options }: ShareDriver): Driver {
  return {
    name: protocol,
    service,
    schemes: [`${protocol}:`],
    options: { ...options, ...FILE_OPTIONS },
    ...FILE_SIZES,
    repository(url, option) {
      if (url !== undefined) return printShareUrl(parseShareUrl(url));
      const share = option(shareOption);
      if (share !== undefined) return printShareUrl(shareOf(protocol, share));
      throw new UsageError(
        `Cannot use ${protocol}: it is not said what to mount; want ${shareOption}, or a repository ${protocol}://host/path`,
      );
    },
  };
}

const ATTEMPTS: DriverOption = { default: "3", help: "tries to mount", check: parseBytes };

export const nfsDriver: Driver = shareDriver({
  protocol: "nfs",
  service: "cinder.backup.drivers.nfs.NFSBackupDriver",
  shareOption: "backup_share",
  options: {
    backup_share: { help: "what is mounted: host:path, ipv4:path or [ipv6]:path" },
    backup_mount_options: { help: "options of the mount, as mount -o takes them" },
    backup_mount_point_base: {
      default: "/var/lib/cinder/backup_mount",
      help: "directory in which shares are mounted",
    },
    backup_mount_attempts: ATTEMPTS,
  },
});

export const glusterfsDriver: Driver = shareDriver({
  protocol: "glusterfs",
  service: "cinder.backup.drivers.glusterfs.GlusterfsBackupDriver",
  shareOption: "glusterfs_backup_share",
  options: {
    glusterfs_backup_share: { help: "what is mounted: host:volume, ipv4:volume or [ipv6]:volume" },
    glusterfs_backup_mount_point: {
      default: "/var/lib/cinder/backup_mount",
      help: "directory in which shares are mounted",
    },
    backup_mount_attempts: ATTEMPTS,
  },
});
