/** Byte ranges requested by a `Range` header (RFC 9110 §14). */

/** Bytes `[offset, offset + length)`; never empty. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * The bytes to serve: the ranges; `whole` if there is no valid header, since a server must ignore an invalid one;
 * `none` if no requested byte exists, or there are too many ranges.
 */
export type WantedBytes = "none" | "whole" | readonly ByteRange[];

/** No client needs more; each costs a read and a header. RFC 9110 §14.2 lets servers refuse "many small ranges". */
export const RANGES_MAX = 16;

const RANGE_UNIT = /^bytes=(.*)$/is;
const RANGE = /^(?:(?<first>\d+)-(?<last>\d*)|-(?<suffix>\d+))$/;

/** @param size bytes of the whole, above 0 */
export function wantedBytes(header: string | null, size: number): WantedBytes {
  const list = RANGE_UNIT.exec(header ?? "")?.[1];
  if (list === undefined) return "whole";
  // A list may have empty elements (RFC 9110 §5.6.1).
  const specs = list
    .split(",")
    .map(trimmed)
    .filter((spec) => spec !== "");
  if (specs.length === 0) return "whole";
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const range = rangeOf(spec, size);
    if (range === "invalid") return "whole";
    if (range !== undefined) ranges.push(range);
  }
  if (ranges.length === 0 || specs.length > RANGES_MAX) return "none";
  return joinOverlapping(ranges);
}

/** HTTP's optional white space consists of spaces and tabs only. */
function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, "");
}

/** @returns `undefined` for a range of which no byte exists */
function rangeOf(spec: string, size: number): ByteRange | "invalid" | undefined {
  const groups = RANGE.exec(spec)?.groups;
  if (groups === undefined) return "invalid";
  const { first, last, suffix } = groups;
  // Numbers above 2^53 are rounded, which is harmless: they still exceed any size.
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), size);
    return length === 0 ? undefined : { offset: size - length, length };
  }
  const offset = Number(first);
  if (last !== "" && isLess(last!, first!)) return "invalid";
  if (offset >= size) return undefined;
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  return { offset, length: end - offset };
}

/** Compares numbers as text, because they may have more digits than a double holds. */
function isLess(a: string, b: string): boolean {
  return BigInt(a) < BigInt(b);
}

/** Joins ranges that share bytes, at the position of the first, so that no byte is sent twice. */
function joinOverlapping(ranges: readonly ByteRange[]): ByteRange[] {
  const joined: ByteRange[] = [];
  for (const range of ranges) {
    let whole = range;
    let index = joined.length;
    // The joined range may overlap others that the range itself does not.
    for (let at = overlapIn(joined, whole); at !== -1; at = overlapIn(joined, whole)) {
      whole = unionOf(whole, joined[at]!);
      joined.splice(at, 1);
      index = Math.min(index, at);
    }
    joined.splice(index, 0, whole);
  }
  return joined;
}

function overlapIn(ranges: readonly ByteRange[], { offset, length }: ByteRange): number {
  return ranges.findIndex((other) => other.offset < offset + length && offset < other.offset + other.length);
}

function unionOf(a: ByteRange, b: ByteRange): ByteRange {
  const offset = Math.min(a.offset, b.offset);
  return { offset, length: Math.max(a.offset + a.length, b.offset + b.length) - offset };
}
