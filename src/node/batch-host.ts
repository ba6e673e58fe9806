/** This machine as the host of batches. */
import { realpathSync } from "node:fs";
import type { BatchHost } from "../cli/host.js";
import { canonicalUrl } from "../sinks/open.js";
import { nodeFileSystem } from "./files/file-system.js";
import { replaceFile } from "./files/replace-file.js";
import { nodeHooks } from "./hooks.js";
import { nodePaths } from "./paths.js";

export const nodeBatchHost: BatchHost = {
  fileSystem: nodeFileSystem,
  hooks: nodeHooks,
  get command() {
    return [process.execPath, realpathSync(process.argv[1]!)];
  },
  canonicalUrl: (url) => canonicalUrl(url, nodePaths),
  replaceFile,
};
