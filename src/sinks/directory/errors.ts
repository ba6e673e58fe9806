/** What a browser's file system throws, in Ashlar's words. */
import { AshlarError, StorageError } from "../../errors.js";

/** By the names of the standard's exceptions: what it means, and what can be done. */
const MEANINGS: Readonly<Record<string, string>> = {
  InvalidModificationError: "something is in the way",
  NoModificationAllowedError: "somebody else is writing there; try again when they are done",
  NotAllowedError: "the browser does not allow it, or not any more; choose the directory again",
  NotFoundError: "it is not there any more",
  NotReadableError: "it cannot be read, or was changed meanwhile; try again",
  QuotaExceededError: "the space that the browser has for this page is used up; free some",
  SecurityError: "the browser does not allow it for this page",
  TypeMismatchError: "a file is where a directory is wanted, or the other way round",
};

export function directoryError(error: unknown, what: string, operation: string): AshlarError {
  if (error instanceof AshlarError) return error;
  const name = error instanceof DOMException ? error.name : "";
  const state = MEANINGS[name] ?? (error instanceof Error ? error.message : String(error));
  return new StorageError(`Cannot ${what}: ${state}`, {
    operation,
    status: name === "NoModificationAllowedError" ? "temporary" : "permanent",
    cause: error,
  });
}

/** Whether nothing is there of that name and kind. */
export function isMissing(error: unknown): boolean {
  return (
    error instanceof DOMException && (error.name === "NotFoundError" || error.name === "TypeMismatchError")
  );
}

/** Whether somebody has the file open to write it. */
export function isLocked(error: unknown): boolean {
  return error instanceof DOMException && error.name === "NoModificationAllowedError";
}

/** What a call finds, `undefined` where nothing is. */
export async function orUndefined<T>(found: Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
