/** The bytes of a stored manifest. */
import { type DamageLocation, IntegrityError } from "../errors.js";
import type { RunningHash } from "../ports.js";
import type { ObjectReader } from "../sinks/sink.js";

/** The longest text that the runtime can hold; about two million objects. */
const MANIFEST_SIZE_MAX = 480 * 1024 * 1024;
/** Bytes of one read; the signal is checked before each. */
const READ_SIZE: number = 1024 * 1024;

/** Maximum bytes of a manifest without its list of objects, with everything that it may record of the volume. */
const FRAME_SIZE: number = 8 * 1024 * 1024;
/** Maximum bytes of an object in that list: its name of up to 1024 bytes, and five indented fields. */
const ENTRY_SIZE = 2048;

/** Maximum bytes of the manifest of a backup with `objectCount` stored objects. */
export function manifestSizeMax(objectCount: number): number {
  return Math.min(MANIFEST_SIZE_MAX, FRAME_SIZE + ENTRY_SIZE * objectCount);
}

export interface ManifestReading {
  /** @default {480 MiB, the longest text that the runtime can hold} */
  readonly sizeMax?: number | undefined;
  /** Updated with all bytes. */
  readonly hash?: RunningHash | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the whole manifest and closes its reader.
 * @throws IntegrityError for an object of more than `sizeMax` bytes; nothing of it is read
 */
export async function readManifestBytes(
  reader: ObjectReader,
  location: DamageLocation,
  { sizeMax = MANIFEST_SIZE_MAX, hash, signal }: ManifestReading = {},
): Promise<Uint8Array> {
  try {
    checkSize(reader.size, sizeMax, location);
    const bytes = new Uint8Array(reader.size);
    for (let position = 0; position < bytes.length; ) {
      signal?.throwIfAborted();
      const piece = bytes.subarray(position, position + READ_SIZE);
      const count = await reader.readInto(piece);
      hash?.update(piece.subarray(0, count));
      position += count;
      if (count < piece.length) return bytes.subarray(0, position);
    }
    return bytes;
  } finally {
    await reader.close();
  }
}

function checkSize(size: number, sizeMax: number, location: DamageLocation): void {
  if (size <= sizeMax) return;
  throw new IntegrityError(`Cannot read manifest: it has ${size} bytes, want at most ${sizeMax}`, location);
}
