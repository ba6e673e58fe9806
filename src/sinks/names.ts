/**
 * What containers and objects may be called. Names come from requests, configuration and manifests written by
 * others, and end up in paths, URLs and terminals. They are checked on the way in, where a bad one is a UsageError,
 * and on the way out, where it means that the entry is no object of ours.
 *
 * The rules are those that every place can hold; a sink with narrower ones adds its own.
 */

import { toUtf8 } from "../bytes.js";
import { UsageError } from "../errors.js";

/** Swift's and S3's limit for object names, in bytes of UTF-8. */
const OBJECT_NAME_SIZE_MAX = 1024;
/** NAME_MAX of the file systems in use, in bytes. */
const FILE_NAME_SIZE_MAX = 255;

/** Control characters would reach terminals and logs; a lone surrogate has no UTF-8 and would change silently. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;

/** @throws UsageError unless `container` is a relative path of plain segments, each of at most 255 bytes */
export function checkContainer(container: string): void {
  check("container", container, pathFault(container) ?? segmentsFault(container));
}

/** @throws UsageError unless `name` is a relative path of plain segments, of at most 1024 bytes in total */
export function checkObjectName(name: string): void {
  check("object", name, pathFault(name) ?? sizeFault(name, OBJECT_NAME_SIZE_MAX));
}

/** Whether `name`, found in a list, can be an object's. */
export function isObjectName(name: string): boolean {
  return (pathFault(name) ?? sizeFault(name, OBJECT_NAME_SIZE_MAX)) === undefined;
}

/**
 * For sinks whose containers are directories.
 * @throws UsageError unless `container` is good and no segment starts with a dot: file servers keep snapshots of
 *   everything in such directories (`.snapshot`, `.zfs`), and a scan must not descend there
 */
export function checkDirectoryPath(container: string): void {
  checkContainer(container);
  const isHidden = container.split("/").some((segment) => segment.startsWith("."));
  check("container", container, isHidden ? "a segment that does not start with a dot" : undefined);
}

/** For sinks whose objects are files. @throws UsageError unless `name` can be a visible file's name */
export function checkFileName(name: string): void {
  check("object", name, fileNameFault(name));
}

/** Whether `name`, found in a directory, can be an object's or a segment of a container's. */
export function isFileName(name: string): boolean {
  return fileNameFault(name) === undefined;
}

/** What is wanted of `name` and not there; `undefined` when it is good. */
function fileNameFault(name: string): string | undefined {
  if (name.includes("/")) return 'a name without "/"';
  if (name.startsWith(".")) return "a name that does not start with a dot";
  return pathFault(name) ?? sizeFault(name, FILE_NAME_SIZE_MAX);
}

function pathFault(path: string): string | undefined {
  if (path === "") return "at least one character";
  if (UNPRINTABLE.test(path)) return "well-formed text without control characters";
  if (path.startsWith("/")) return 'a relative name, without a leading "/"';
  const segments = path.split("/");
  if (segments.includes("")) return 'something between each "/"';
  if (segments.includes(".") || segments.includes("..")) return 'no "." or ".." between slashes';
  return undefined;
}

function segmentsFault(path: string): string | undefined {
  for (const segment of path.split("/")) {
    const fault = sizeFault(segment, FILE_NAME_SIZE_MAX);
    if (fault !== undefined) return `in each segment ${fault}`;
  }
  return undefined;
}

function sizeFault(name: string, sizeMax: number): string | undefined {
  return toUtf8(name).length > sizeMax ? `at most ${sizeMax} bytes of UTF-8` : undefined;
}

function check(what: "container" | "object", name: string, wanted: string | undefined): void {
  if (wanted === undefined) return;
  throw new UsageError(`Cannot use ${what} name ${JSON.stringify(name)}: wanted is ${wanted}`);
}
