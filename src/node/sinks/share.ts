import { BandwidthSink } from "../../sinks/layers/bandwidth.js";
import { MountedShare } from "../../sinks/share/mount.js";
import { ShareSink } from "../../sinks/share/sink.js";
import { parseShareUrl, printShareUrl } from "../../sinks/share/url.js";
import { sleep } from "../../sleep.js";
import { nodeHashes } from "../codecs/hashes.js";
import { nodeFileSystem } from "../files/file-system.js";
import { NodeMounts } from "../files/mounts.js";
import type { RepositoryKind } from "./kind.js";

const PROTOCOLS = {
  nfs: {
    service: "cinder.backup.drivers.nfs.NFSBackupDriver",
    baseOption: "backup_mount_point_base",
    flagsOption: "backup_mount_options",
  },
  glusterfs: {
    service: "cinder.backup.drivers.glusterfs.GlusterfsBackupDriver",
    baseOption: "glusterfs_backup_mount_point",
    flagsOption: undefined,
  },
} as const;

/** A share of an NFS or GlusterFS server, which is mounted. */
export const shareKind: RepositoryKind = {
  schemes: ["nfs:", "glusterfs:"],
  canonical: (url) => printShareUrl(parseShareUrl(url)),
  async open(url, { settings, option, buckets }) {
    const share = parseShareUrl(url);
    const { service, baseOption, flagsOption } = PROTOCOLS[share.protocol];
    const mounted = await MountedShare.mount({
      host: new NodeMounts(),
      fileSystem: nodeFileSystem,
      hashes: nodeHashes,
      sleep,
      share,
      base: option(baseOption)!,
      mountOptions: flagsOption === undefined ? undefined : option(flagsOption),
      attempts: Number(option("backup_mount_attempts")),
    });
    const { createsContainers } = settings;
    const sink = new ShareSink(mounted, { fileSystem: nodeFileSystem, service, createsContainers });
    return { sink: new BandwidthSink(sink, buckets), close: () => mounted.release() };
  },
};
