/**
 * The layout of an encrypted object (docs/encryption.md §3): a header, then segments of 1 MiB, each with its own tag.
 *
 *     header   magic "ASHLARE1" | id of the repository key, 16 bytes | salt, 32 bytes
 *     segment  AES-256-GCM of the next 1 MiB of the object, or of what is left | tag, 16 bytes
 *
 * Every size follows from the size of the other side, so a listing shows plain sizes without reading anything.
 */
import { fromHex, toHex, toUtf8 } from "../bytes.js";

const MAGIC = "ASHLARE1";
const MAGIC_SIZE = 8;
export const KEY_ID_SIZE = 16;
export const SALT_SIZE = 32;
export const HEADER_SIZE: number = MAGIC_SIZE + KEY_ID_SIZE + SALT_SIZE;
/** Plain bytes of a segment; the last one of an object may have fewer. */
export const SEGMENT_SIZE: number = 1024 * 1024;
export const TAG_SIZE = 16;
export const SEALED_SEGMENT_SIZE: number = SEGMENT_SIZE + TAG_SIZE;
/** As many as the counter of a nonce can number. */
const SEGMENTS_MAX: number = 2 ** 32;
const NONCE_SIZE = 12;

export interface Header {
  /** Id of the repository key, hexadecimal. */
  readonly keyId: string;
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** @param keyId hexadecimal */
export function printHeader(keyId: string, salt: Uint8Array<ArrayBuffer>): Header {
  const bytes = new Uint8Array(HEADER_SIZE);
  bytes.set(toUtf8(MAGIC));
  bytes.set(fromHex(keyId), MAGIC_SIZE);
  bytes.set(salt, MAGIC_SIZE + KEY_ID_SIZE);
  return { keyId, salt, bytes };
}

/** The header in the first bytes of an object; `undefined` if these are of something else. */
export function parseHeader(bytes: Uint8Array<ArrayBuffer>): Header | undefined {
  if (bytes.length < HEADER_SIZE || toHex(bytes.subarray(0, MAGIC_SIZE)) !== toHex(toUtf8(MAGIC)))
    return undefined;
  const keyId = toHex(bytes.subarray(MAGIC_SIZE, MAGIC_SIZE + KEY_ID_SIZE));
  return {
    keyId,
    salt: bytes.slice(MAGIC_SIZE + KEY_ID_SIZE, HEADER_SIZE),
    bytes: bytes.slice(0, HEADER_SIZE),
  };
}

/** Number of segments of an object with so many plain bytes; an empty object has one. */
export function segmentsOf(plainSize: number): number {
  return Math.max(1, Math.ceil(plainSize / SEGMENT_SIZE));
}

/** Stored bytes of an object with so many plain bytes. */
export function sealedSizeOf(plainSize: number): number {
  return HEADER_SIZE + plainSize + TAG_SIZE * segmentsOf(plainSize);
}

/** Plain bytes of an object with so many stored bytes; `undefined` for a size that no encrypted object has. */
export function plainSizeOf(sealedSize: number): number | undefined {
  const body = sealedSize - HEADER_SIZE;
  if (body < TAG_SIZE) return undefined;
  const plainSize = body - TAG_SIZE * Math.ceil(body / SEALED_SEGMENT_SIZE);
  return sealedSizeOf(plainSize) === sealedSize ? plainSize : undefined;
}

/** @throws RangeError for a segment that no nonce can number */
export function nonceOf(index: number, isLast: boolean): Uint8Array<ArrayBuffer> {
  if (index >= SEGMENTS_MAX)
    throw new RangeError(`Cannot encrypt object: it has more than ${SEGMENTS_MAX} segments`);
  const nonce = new Uint8Array(NONCE_SIZE);
  new DataView(nonce.buffer).setUint32(NONCE_SIZE - 5, index);
  nonce[NONCE_SIZE - 1] = isLast ? 1 : 0;
  return nonce;
}
