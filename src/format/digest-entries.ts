/**
 * Digests from the middle of a digest table (format.md §4) in the usual layout, where entry `i` begins `i` times 72
 * bytes after the first. An entry is a separator of one byte, a line break and indentation, and the digest in quotes.
 */
import { toUtf8 } from "../bytes.js";
import { IntegrityError } from "../errors.js";
import { DIGEST_SIZE } from "../units.js";
import { ENTRY_SIZE, parseDigest, QUOTE } from "./digest-table.js";

export const DIGEST_ENTRY_SIZE: number = ENTRY_SIZE;
/** The bytes after the separator. */
const INDENTATION: Uint8Array = toUtf8('\n    "');
const [FIRST_SEPARATOR, SEPARATOR] = [0x5b, 0x2c];

/**
 * Writes the digests of whole entries to `digests`.
 * @param from the table's name, for messages, and the 0-based index of the first entry
 * @throws IntegrityError unless `entries` begins with as many entries as `digests` has room for
 */
export function parseDigestEntries(
  entries: Uint8Array,
  digests: Uint8Array,
  from: { readonly name: string; readonly first: number },
): void {
  const count = digests.length / DIGEST_SIZE;
  for (let index = 0; index < count; index++) {
    const blockIndex = from.first + index;
    const entry = entries.subarray(index * ENTRY_SIZE, (index + 1) * ENTRY_SIZE);
    const isWhole = entry.length === ENTRY_SIZE && isFramed(entry, blockIndex === 0);
    if (isWhole && parseDigest(entry, INDENTATION.length + 1, digests, index * DIGEST_SIZE)) continue;
    const wanted = "want 64 lower-case hexadecimal digits in quotes, on a line of their own";
    throw new IntegrityError(`Cannot read digest table: ${wanted}`, { objectName: from.name, blockIndex });
  }
}

function isFramed(entry: Uint8Array, isFirst: boolean): boolean {
  if (entry[0] !== (isFirst ? FIRST_SEPARATOR : SEPARATOR)) return false;
  for (let i = 0; i < INDENTATION.length; i++) if (entry[i + 1] !== INDENTATION[i]) return false;
  return entry[ENTRY_SIZE - 1] === QUOTE;
}
