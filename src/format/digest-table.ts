/**
 * The digest table (`<prefix>_sha256file`, format.md §4): the SHA-256 of every block of the whole volume, in order.
 *
 * It has 72 bytes of JSON per block, 2.25 GiB for a volume of 1 TiB, so it is printed and parsed as a stream beside
 * the windows that it describes; in memory a digest is 32 bytes. This file has what writer and reader share.
 */
import { toUtf8 } from "../bytes.js";
import { DIGEST_SIZE } from "../units.js";
import { FORMAT_VERSION } from "./fields.js";
import type { BackupIdentity } from "./manifest.js";
import { dumps } from "./python-json.js";

export interface DigestTableHeader extends BackupIdentity {
  /** Bytes; the key on the wire is `chunk_size`, which is not the size of an object. */
  readonly blockSize: number;
}

/** Receives digests in block order. */
export interface EntryCollector {
  /** Whole digests of 32 bytes each. */
  append(digests: Uint8Array): Promise<void>;
  /** Whole entries of a table in the usual layout, each with its comma in front; the caller may reuse the buffer then. */
  appendEntries(entries: Uint8Array): Promise<void>;
}

/** Bytes of one digest in the usual layout, including its separator. */
export const ENTRY_SIZE = 72;
/** 455 entries: large enough that a read or write is worth its overhead, small beside a window. */
export const TABLE_BUFFER_SIZE: number = 32 * 1024;
/** The position of the digests in `printHeader`'s text. */
export const DIGESTS_KEY = '"sha256s": []';
export const QUOTE = 0x22;
export const HEX_DIGITS: Uint8Array = toUtf8("0123456789abcdef");
/** The bytes before every digest; the first has no comma. */
export const ENTRY_HEAD: Uint8Array = toUtf8(',\n    "');

/** Value of each hexadecimal digit, 255 for any other byte. */
const HEX_VALUES: Uint8Array = new Uint8Array(256).fill(255);
HEX_DIGITS.forEach((digit, value) => {
  HEX_VALUES[digit] = value;
});

/** Parses the 64 digits at `from` into `digests` at `at`; returns false unless all are lower-case hexadecimal. */
export function parseDigest(bytes: Uint8Array, from: number, digests: Uint8Array, at: number): boolean {
  for (let i = at; i < at + DIGEST_SIZE; i++) {
    const high = HEX_VALUES[bytes[from++]!]!;
    const low = HEX_VALUES[bytes[from++]!]!;
    if ((high | low) > 15) return false;
    digests[i] = (high << 4) | low;
  }
  return true;
}

/** Whether an entry with its comma in front is at `from`, in the usual layout. */
export function isEntry(bytes: Uint8Array, from: number): boolean {
  for (let i = 0; i < ENTRY_HEAD.length; i++) if (bytes[from + i] !== ENTRY_HEAD[i]) return false;
  const start = from + ENTRY_HEAD.length;
  const end = start + 2 * DIGEST_SIZE;
  let values = 0;
  for (let i = start; i < end; i++) values |= HEX_VALUES[bytes[i]!]!;
  return values <= 15 && bytes[end] === QUOTE;
}

/** The table's text without any digest. */
export function printHeader(header: DigestTableHeader): string {
  const fields = {
    backup_description: header.backupDescription,
    backup_id: header.backupId,
    backup_name: header.backupName,
    chunk_size: header.blockSize,
    created_at: header.createdAt,
    sha256s: [],
    version: FORMAT_VERSION,
    volume_id: header.volumeId,
  };
  return dumps(fields, { sortKeys: true, indent: 2 });
}
