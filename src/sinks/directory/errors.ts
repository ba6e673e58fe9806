/** Converts the exceptions of a browser's file system to Ashlar's errors. */
import { AshlarError, StorageError } from "../../errors.js";

/** Meanings and remedies, by the names of the standard's exceptions. */
const MEANINGS: Readonly<Record<string, string>> = {
  InvalidModificationError: "something is in the way",
  NoModificationAllowedError: "somebody else is writing there; try again when they are done",
  NotAllowedError: "the browser does not allow it, or not any more; choose the directory again",
  NotFoundError: "it is not there any more",
  NotReadableError: "it cannot be read, or was changed meanwhile; try again",
  QuotaExceededError: "the space that the browser has for this page is used up; free some",
  SecurityError: "the browser does not allow it for this page",
  TypeMismatchError: "a file is where a directory should be, or a directory where a file should be",
};

export function directoryError(error: unknown, what: string, call: string): AshlarError {
  if (error instanceof AshlarError) return error;
  const name = error instanceof DOMException ? error.name : "";
  const state = MEANINGS[name] ?? (error instanceof Error ? error.message : String(error));
  return new StorageError(`Cannot ${what}: ${state}`, {
    call,
    status: name === "NoModificationAllowedError" ? "temporary" : "permanent",
    cause: error,
  });
}

/** Whether there is no entry of that name and kind. */
export function isMissing(error: unknown): boolean {
  return (
    error instanceof DOMException && (error.name === "NotFoundError" || error.name === "TypeMismatchError")
  );
}

/** Whether the file is open for writing. */
export function isLocked(error: unknown): boolean {
  return error instanceof DOMException && error.name === "NoModificationAllowedError";
}

/** The result of a lookup, `undefined` if there is no such entry. */
export async function orUndefined<T>(found: Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
