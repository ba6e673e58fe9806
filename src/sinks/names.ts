/**
 * Rules for the names of containers and objects. Names come from requests, configuration and manifests written by
 * others, and end up in paths, URLs and terminals. They are checked on the way in, where a bad one is an error,
 * and in listings, where a bad one means that the entry is not one of our objects.
 *
 * The rules accept names that every store can hold; a sink with narrower limits adds its own.
 */

import { toUtf8 } from "../bytes.js";
import { InvalidNameError } from "../errors.js";

/** Swift's and S3's limit for object names, in bytes of UTF-8. */
const OBJECT_NAME_SIZE_MAX = 1024;
/** NAME_MAX of the file systems in use, in bytes. */
const FILE_NAME_SIZE_MAX = 255;

/** Control characters would reach terminals and logs; a lone surrogate has no UTF-8 form and would change silently. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;

/** @throws InvalidNameError unless `container` is a relative path of plain segments, each of at most 255 bytes */
export function checkContainer(container: string): void {
  check("container", container, pathFault(container) ?? segmentsFault(container));
}

/** @throws InvalidNameError unless `name` is a relative path of plain segments, of at most 1024 bytes in total */
export function checkObjectName(name: string): void {
  check("object", name, pathFault(name) ?? sizeFault(name, OBJECT_NAME_SIZE_MAX));
}

/** Whether `name`, found in a listing, can be an object's. */
export function isObjectName(name: string): boolean {
  return (pathFault(name) ?? sizeFault(name, OBJECT_NAME_SIZE_MAX)) === undefined;
}

/**
 * Checks a container's name for sinks whose containers are directories.
 * @throws InvalidNameError unless `checkContainer` accepts it and no segment starts with a dot: file servers keep snapshots
 *   of everything in such directories (`.snapshot`, `.zfs`), and a scan must not descend there
 */
export function checkDirectoryPath(container: string): void {
  checkContainer(container);
  const isHidden = container.split("/").some((segment) => segment.startsWith("."));
  check("container", container, isHidden ? "a segment that does not start with a dot" : undefined);
}

/** Checks an object's name for sinks whose objects are files. @throws InvalidNameError unless a visible file can have it */
export function checkFileName(name: string): void {
  check("object", name, fileNameFault(name));
}

/** Whether `name`, found in a directory, can be an object's name or a segment of a container's name. */
export function isFileName(name: string): boolean {
  return fileNameFault(name) === undefined;
}

/** The rule that `name` breaks, for messages; `undefined` for a good name. */
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
  throw new InvalidNameError(`Cannot use ${what} name ${JSON.stringify(name)}: want ${wanted}`, what);
}
