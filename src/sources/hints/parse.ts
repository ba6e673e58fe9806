/**
 * Lists of what changed, as tools print them:
 *
 *     rbd diff --format json --from-snap OLD IMAGE@NEW
 *     nbdinfo --map=qemu:dirty-bitmap:NAME --json URL
 *     qemu-img map --output=json OVERLAY       an overlay's own clusters
 *     thin_delta                               of thin-provisioning-tools, XML
 *     OFFSET LENGTH                            a line each, bytes, decimal or 0x; # begins a comment
 */
import { UsageError } from "../../errors.js";
import type { ByteRange } from "../ranges.js";
import type { ParsedHints } from "./changed-ranges.js";
import { parseJsonHints } from "./json-hints.js";
import { parseThinDelta } from "./thin-delta.js";

/** @throws UsageError that names the entry or the line, its value, and what is wanted */
export function parseHints(text: string): ParsedHints {
  const start = text.replace(/^\uFEFF/, "").trimStart();
  if (start.startsWith("[") || start.startsWith("{")) return parseJsonHints(start);
  if (start.startsWith("<")) return parseThinDelta(start);
  return { ranges: parseLines(start) };
}

function parseLines(text: string): ByteRange[] {
  const ranges: ByteRange[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const words = line.replace(/#.*/, "").trim().split(/\s+/);
    if (words.length === 1 && words[0] === "") continue;
    const [offset, length] = words.map(numberIn);
    if (words.length !== 2 || offset === undefined || length === undefined)
      throw new UsageError(
        `Cannot use line ${index + 1} of the hints, ${JSON.stringify(line.slice(0, 80))}: want OFFSET LENGTH in bytes`,
      );
    ranges.push({ offset, length });
  }
  return ranges;
}

function numberIn(word: string): number | undefined {
  const value = /^(\d+|0x[\da-f]+)$/i.test(word) ? Number(word) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}
