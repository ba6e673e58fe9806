/** Options of Cinder's NFS and GlusterFS drivers. */
import type { Option, OptionTable } from "../../options/option.js";
import { count, text, textOr } from "../../options/values.js";
import { FILE_OPTIONS, type FileOptions } from "../file-options.js";

interface ShareOptions extends FileOptions {
  readonly backup_mount_attempts: number;
}

export interface NfsOptions extends ShareOptions {
  readonly backup_share: string | undefined;
  readonly backup_mount_options: string | undefined;
  readonly backup_mount_point_base: string;
}

export interface GlusterfsOptions extends ShareOptions {
  readonly glusterfs_backup_share: string | undefined;
  readonly glusterfs_backup_mount_point: string;
}

const ATTEMPTS: Option<number> = count({ default: 3, help: "attempts to mount" }, 1);
const MOUNT_POINT: Option<string> = textOr(
  "/var/lib/cinder/backup_mount",
  "directory in which shares are mounted",
);

export const NFS_OPTIONS: OptionTable<NfsOptions> = {
  backup_share: text("share to mount: host:path, ipv4:path or [ipv6]:path"),
  backup_mount_options: text("mount options, as for mount -o"),
  backup_mount_point_base: MOUNT_POINT,
  backup_mount_attempts: ATTEMPTS,
  ...FILE_OPTIONS,
};

export const GLUSTERFS_OPTIONS: OptionTable<GlusterfsOptions> = {
  glusterfs_backup_share: text("share to mount: host:volume, ipv4:volume or [ipv6]:volume"),
  glusterfs_backup_mount_point: MOUNT_POINT,
  backup_mount_attempts: ATTEMPTS,
  ...FILE_OPTIONS,
};
