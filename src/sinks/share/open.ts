import { sleep } from "../../sleep.js";
import type { OpenedSink } from "../definition.js";
import { requiredOf, type SinkHost } from "../host.js";
import { BandwidthSink } from "../layers/bandwidth.js";
import { MountedShare } from "./mount.js";
import { ShareSink } from "./sink.js";
import { parseShareUrl } from "./url.js";

export interface OpenShareOptions {
  readonly service: string;
  /** Directory in which shares are mounted. */
  readonly base: string;
  readonly mountOptions?: string | undefined;
  readonly attempts: number;
  readonly createsContainers: boolean;
}

export async function openShare(
  url: string,
  host: SinkHost,
  { service, createsContainers, ...options }: OpenShareOptions,
): Promise<OpenedSink> {
  const fileSystem = requiredOf(host.fileSystem, "a share", "a file system");
  const mounted = await MountedShare.mount({
    host: requiredOf(host.mounts, "a share", "a way to mount"),
    fileSystem,
    hashes: host.hashes,
    sleep,
    share: parseShareUrl(url),
    ...options,
  });
  const sink = new ShareSink(mounted, { fileSystem, service, createsContainers });
  return { sink: new BandwidthSink(sink, host.buckets ?? {}), close: () => mounted.release() };
}
