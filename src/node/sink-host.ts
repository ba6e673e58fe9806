/** This machine and process as the host of sinks. Clients and commands are loaded when a sink needs them. */
import { homedir } from "node:os";
import type { OpenedSink } from "../sinks/definition.js";
import type { SinkHost } from "../sinks/host.js";
import { openSink as openSinkOn } from "../sinks/open.js";
import type { SinkOptions } from "../sinks/option-reader.js";
import { nodeClock } from "./clock.js";
import { nodeHashes } from "./digests/hashes.js";
import { nodeFileSystem } from "./files/file-system.js";
import { NodeMounts } from "./files/mounts.js";
import { nodePaths } from "./paths.js";

/** Node's clock, HTTP client, files, mounts and environment, with which sinks are opened. */
export const nodeSinkHost: SinkHost = {
  clock: nodeClock,
  hashes: nodeHashes,
  paths: nodePaths,
  fileSystem: nodeFileSystem,
  mounts: new NodeMounts(),
  environment: process.env,
  get homeDirectory() {
    return homedir();
  },
  async http(options) {
    const { NodeHttpClient } = await import("./http/client.js");
    return new NodeHttpClient(options);
  },
};

/** Opens the sink of a repository's URL on this machine. @throws UsageError for an invalid URL or option */
export async function openSink(url: string, options: SinkOptions = {}): Promise<OpenedSink> {
  return await openSinkOn(url, options, nodeSinkHost);
}
