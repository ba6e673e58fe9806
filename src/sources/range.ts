/** The check of a volume's bounds. */

import { StorageError } from "../errors.js";

/** @throws StorageError unless `length` bytes at `offset` lie within the volume */
export function checkRange(
  call: "read" | "write",
  volume: { readonly size: number },
  offset: number,
  length: number,
): void {
  if (offset >= 0 && offset + length <= volume.size) return;
  throw new StorageError(
    `Cannot ${call} ${length} bytes at offset ${offset}: the volume has ${volume.size} bytes`,
    { call },
  );
}
