/**
 * The names of files that are being written: `.<object name>.<8 hex digits>.partial`, in the object's own directory
 * so that a rename completes it. The leading dot keeps them out of every backup's prefix, here and in the reference
 * system's listing, which takes any file that starts with the prefix for an object. The digits let two writers of
 * one name work at the same time.
 */

import { toHex, toUtf8 } from "../bytes.js";
import { UsageError } from "../errors.js";

const AFFIX_SIZE = ".".length + ".01234567.partial".length;
/** The rest of a file name's 255 bytes; the format's own names need 120. */
const OBJECT_NAME_SIZE_MAX: number = 255 - AFFIX_SIZE;

const UNFINISHED = /^\.(.+)\.[0-9a-f]{8}\.partial$/u;

/** A new name for the unfinished file of `objectName`. @throws UsageError if that name is too long for one */
export function unfinishedName(objectName: string): string {
  if (toUtf8(objectName).length > OBJECT_NAME_SIZE_MAX) {
    throw new UsageError(
      `Cannot use object name ${JSON.stringify(objectName)}: want at most ${OBJECT_NAME_SIZE_MAX} bytes of UTF-8`,
    );
  }
  const unique = crypto.getRandomValues(new Uint8Array(4));
  return `.${objectName}.${toHex(unique)}.partial`;
}

/** The object whose unfinished file is `fileName`; `undefined` for any other file. */
export function unfinishedObject(fileName: string): string | undefined {
  return UNFINISHED.exec(fileName)?.[1];
}

/** Whether `fileName` is the unfinished file of an object whose name starts with `prefix`. */
export function isUnfinished(fileName: string, prefix: string): boolean {
  return unfinishedObject(fileName)?.startsWith(prefix) ?? false;
}
