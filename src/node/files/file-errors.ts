/** Descriptions of the host's error codes, and which of them may be temporary. */

import { type ErrorStatus, StorageError } from "../../errors.js";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission is denied; this user needs access to it and to the directories above it",
  EBUSY: "it is in use (mounted, or opened for writing by another process)",
  EDQUOT: "the disk quota is used up",
  EEXIST: "it exists already",
  EFBIG: "the file system does not take files of that size",
  EIO: "the device or file server reported an input/output error",
  EISDIR: "it is a directory; want a file",
  ELOOP: "its symbolic links form a loop",
  EMFILE: "this process has too many open files",
  ENAMETOOLONG: "its name is longer than the file system takes",
  ENFILE: "the system has too many open files",
  ENOENT: "it does not exist",
  ENOSPC: "no space is left on the device",
  ENOTDIR: "a part of it is not a directory",
  ENOTEMPTY: "the directory is not empty",
  EPERM: "the operation is not permitted",
  EROFS: "the file system is mounted read-only",
  ESTALE: "the file server no longer knows it",
  ETIMEDOUT: "the file server did not answer in time",
  EXDEV: "the two names are on different file systems",
};

/**
 * EIO is not temporary: after a failed fsync Linux marks the pages clean, so that a second fsync succeeds although the
 * data is lost (https://lwn.net/Articles/752063/). ESTALE is: a second lookup of the path often succeeds.
 */
const TEMPORARY: ReadonlySet<string> = new Set([
  "EAGAIN",
  "EBUSY",
  "ECONNRESET",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "EINTR",
  "EMFILE",
  "ENETDOWN",
  "ENETUNREACH",
  "ENFILE",
  "ENOMEM",
  "ESTALE",
  "ETIMEDOUT",
]);

/** The host's code of `error`, e.g. `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Converts the host's `error` for `call` on `path`. */
export function toStorageError(call: string, path: string, error: unknown): StorageError {
  const code = errorCode(error);
  const reason = REASONS[code ?? ""] ?? (error instanceof Error ? error.message : String(error));
  const status: ErrorStatus = code !== undefined && TEMPORARY.has(code) ? "temporary" : "permanent";
  return new StorageError(`Cannot ${call} ${JSON.stringify(path)}: ${reason}`, {
    call,
    status,
    cause: error,
  });
}
