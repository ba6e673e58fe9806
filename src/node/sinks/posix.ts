import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UsageError } from "../../errors.js";
import { BandwidthSink } from "../../sinks/layers/bandwidth.js";
import { PosixSink } from "../../sinks/posix/sink.js";
import { nodeFileSystem } from "../files/file-system.js";
import type { RepositoryKind } from "./kind.js";

/** A directory. */
export const posixKind: RepositoryKind = {
  schemes: ["file:"],
  canonical: (url) => pathToFileURL(pathOf(url)).href,
  async open(url, { settings, buckets }) {
    const { createsContainers } = settings;
    const sink = new PosixSink({ fileSystem: nodeFileSystem, root: pathOf(url), createsContainers });
    const isLimited = buckets.upload !== undefined || buckets.download !== undefined;
    return { sink: isLimited ? new BandwidthSink(sink, buckets) : sink };
  },
};

function pathOf(url: string): string {
  try {
    if (/^file:\/\/\//i.test(url)) return resolve(fileURLToPath(url));
  } catch {
    // A slash or a NUL that was escaped; said below.
  }
  throw new UsageError(`Cannot use repository "${url}": want a URL of the form file:///path`);
}
