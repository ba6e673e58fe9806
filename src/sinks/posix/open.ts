import type { OpenedSink } from "../definition.js";
import { requiredOf, type SinkHost } from "../host.js";
import { BandwidthSink } from "../layers/bandwidth.js";
import type { PosixOptions } from "./options.js";
import { PosixSink } from "./sink.js";
import { pathOfFileUrl } from "./url.js";

export function openPosix(
  url: string,
  { backup_create_containers: createsContainers }: PosixOptions,
  { fileSystem, buckets = {} }: SinkHost,
): OpenedSink {
  const sink = new PosixSink({
    fileSystem: requiredOf(fileSystem, "a directory", "a file system"),
    root: pathOfFileUrl(url),
    createsContainers,
  });
  const isLimited = buckets.upload !== undefined || buckets.download !== undefined;
  return { sink: isLimited ? new BandwidthSink(sink, buckets) : sink, async close() {} };
}
