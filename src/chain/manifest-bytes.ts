/** The bytes of a stored manifest. */
import { IntegrityError, type IntegrityPlace } from "../errors.js";
import type { ObjectReader } from "../sinks/sink.js";

/** The runtime could not hold a longer text; some two million objects. */
const MANIFEST_SIZE_MAX = 480 * 1024 * 1024;

/**
 * Reads the whole manifest and closes its reader.
 * @throws IntegrityError for an object that is too large to be read into memory as a manifest
 */
export async function readManifestBytes(reader: ObjectReader, place: IntegrityPlace): Promise<Uint8Array> {
  try {
    checkSize(reader.size, place);
    const bytes = new Uint8Array(reader.size);
    const count = await reader.readInto(bytes);
    return bytes.subarray(0, count);
  } finally {
    await reader.close();
  }
}

function checkSize(size: number, place: IntegrityPlace): void {
  if (size <= MANIFEST_SIZE_MAX) return;
  const limit = `${size} bytes, want at most ${MANIFEST_SIZE_MAX}`;
  throw new IntegrityError(`Cannot read manifest: it has ${limit}`, place);
}
