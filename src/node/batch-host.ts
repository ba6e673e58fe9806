/** This machine as the host of batches. */
import { realpathSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { BatchHost } from "../cli/host.js";
import { canonicalUrl } from "../sinks/open.js";
import { nodeFileSystem } from "./files/file-system.js";
import { nodeHooks } from "./hooks.js";
import { nodePaths } from "./paths.js";

export const nodeBatchHost: BatchHost = {
  fileSystem: nodeFileSystem,
  hooks: nodeHooks,
  get command() {
    return [process.execPath, realpathSync(process.argv[1]!)];
  },
  canonicalUrl: (url) => canonicalUrl(url, nodePaths),
  async replaceFile(path, text) {
    await mkdir(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      const file = await open(temporary, "w", 0o644);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  },
};
