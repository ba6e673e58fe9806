/**
 * The XML of `thin_delta`: runs of blocks of two thin volumes, and what differs between them. Its block size is in
 * sectors of 512 bytes.
 */
import { UsageError } from "../../errors.js";
import type { ByteRange } from "../ranges.js";
import type { ParsedHints } from "./changed-ranges.js";

const SECTOR_SIZE = 512;
const CHANGED: ReadonlySet<string> = new Set(["different", "left_only", "right_only"]);
/** Runs of blocks that are the same in both, and what surrounds the runs. */
const OTHERS: ReadonlySet<string> = new Set(["same", "superblock", "diff", "?xml"]);
const TAG = /^<(\/?)(\??[a-z_]+)((?:\s+[a-z_]+="[^"<>]*")*)\s*[/?]?>/;

/** @throws UsageError that names what cannot be read */
export function parseThinDelta(text: string): ParsedHints {
  const ranges: ByteRange[] = [];
  let blockSize: number | undefined;
  for (const [isEnd, name, attributes] of tagsOf(text)) {
    if (isEnd) continue;
    if (name === "superblock") blockSize = number(attributes, "data_block_size", name) * SECTOR_SIZE;
    else if (CHANGED.has(name)) {
      if (blockSize === undefined) throw unusable(`<${name}> before <superblock>`);
      const offset = number(attributes, "begin", name) * blockSize;
      ranges.push({ offset, length: number(attributes, "length", name) * blockSize });
    } else if (!OTHERS.has(name)) throw unusable(`<${name}>`);
  }
  if (blockSize === undefined) throw unusable("no <superblock>");
  return { ranges, unit: blockSize };
}

function* tagsOf(text: string): Iterable<readonly [isEnd: boolean, name: string, attributes: string]> {
  for (let rest = text.trim(); rest !== ""; ) {
    const match = TAG.exec(rest);
    if (match === null) throw unusable(JSON.stringify(rest.slice(0, 60)));
    yield [match[1] === "/", match[2]!, match[3]!];
    rest = rest.slice(match[0].length).trimStart();
  }
}

function number(attributes: string, name: string, tag: string): number {
  const text = new RegExp(`\\s${name}="(\\d+)"`).exec(attributes)?.[1];
  const value = Number(text);
  if (text === undefined || !Number.isSafeInteger(value * 2 ** 20)) throw unusable(`<${tag}${attributes}>`);
  return value;
}

function unusable(what: string): UsageError {
  return new UsageError(`Cannot use ${what} of the hints: want the XML that thin_delta prints`);
}
