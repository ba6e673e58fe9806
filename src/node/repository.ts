import { fileURLToPath } from "node:url";
import { UsageError } from "../errors.js";
import { PosixSink } from "../sinks/posix.js";
import type { ObjectSink } from "../sinks/sink.js";
import { nodeFileSystem } from "./file-system.js";

/** The sink behind a repository's URL. @throws UsageError for anything but `file:///path` */
export function openRepository(url: string): ObjectSink {
  if (!URL.canParse(url) || new URL(url).protocol !== "file:") {
    throw new UsageError(`Cannot use repository "${url}": want a URL of the form file:///path`);
  }
  return new PosixSink({ fileSystem: nodeFileSystem, root: fileURLToPath(url) });
}
