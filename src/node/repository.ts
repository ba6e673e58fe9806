import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UsageError } from "../errors.js";
import { PosixSink } from "../sinks/posix.js";
import type { ObjectSink } from "../sinks/sink.js";
import { nodeFileSystem } from "./file-system.js";

/** The sink behind a repository's URL. @throws UsageError for anything but `file:///path` */
export function openRepository(url: string): ObjectSink {
  return new PosixSink({ fileSystem: nodeFileSystem, root: pathOf(url) });
}

/**
 * The one spelling of a repository's URL: the catalog takes backups for being in the same repository when their URLs
 * are the same text.
 * @throws UsageError for anything but `file:///path`
 */
export function canonicalRepository(url: string): string {
  return pathToFileURL(pathOf(url)).href;
}

function pathOf(url: string): string {
  try {
    if (/^file:\/\/\//i.test(url)) return resolve(fileURLToPath(url));
  } catch {
    // A slash or a NUL that was escaped; said below.
  }
  throw new UsageError(`Cannot use repository "${url}": want a URL of the form file:///path`);
}
