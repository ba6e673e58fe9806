/** Lists of changes in JSON: of `rbd diff`, of `nbdinfo --map` and of `qemu-img map`. */
import { UsageError } from "../../errors.js";
import type { ByteRange } from "../ranges.js";
import type { ParsedHints } from "./changed-ranges.js";

type Entry = Readonly<Record<string, unknown>>;

interface Format {
  readonly title: string;
  fits(entry: Entry): boolean;
  /** The range of an entry, and whether it changed. `undefined` for an entry that is not of this format. */
  read(entry: Entry): (ByteRange & { readonly isChanged: boolean }) | undefined;
  /** Whether the entries follow each other from the beginning of the volume to its end. */
  readonly isMap: boolean;
}

const FORMATS: readonly Format[] = [
  {
    title: "nbdinfo --map=qemu:dirty-bitmap:NAME",
    fits: (entry) => "type" in entry,
    read: ({ offset, length, type, description }) => {
      if (!isSize(offset) || !isSize(length)) return undefined;
      // A map of allocation has the same fields.
      if (!(type === 0 && description === "clean") && !(type === 1 && description === "dirty"))
        return undefined;
      return { offset, length, isChanged: type === 1 };
    },
    isMap: true,
  },
  {
    title: "qemu-img map",
    fits: (entry) => "depth" in entry,
    read: ({ start, length, depth, present }) => {
      if (!isSize(start) || !isSize(length) || !isSize(depth)) return undefined;
      return { offset: start, length, isChanged: depth === 0 && present !== false };
    },
    isMap: true,
  },
  {
    title: "rbd diff",
    fits: (entry) => "exists" in entry,
    read: ({ offset, length }) =>
      // What does not exist any more has changed, to zeros.
      isSize(offset) && isSize(length) ? { offset, length, isChanged: true } : undefined,
    isMap: false,
  },
];

/** @throws UsageError that names the entry and what is wanted */
export function parseJsonHints(text: string): ParsedHints {
  const entries = entriesOf(text);
  // `rbd diff` of equal snapshots.
  if (entries.length === 0) return { ranges: [] };
  const format = FORMATS.find(({ fits }) => fits(entries[0]!));
  if (format === undefined)
    throw unusable(0, entries[0]!, "an entry of rbd diff, nbdinfo --map or qemu-img map");
  const ranges: ByteRange[] = [];
  let end = 0;
  for (const [index, entry] of entries.entries()) {
    const range = format.fits(entry) ? format.read(entry) : undefined;
    if (range === undefined) throw unusable(index, entry, `an entry of ${format.title}`);
    if (format.isMap && range.offset !== end) throw unusable(index, entry, `an entry that begins at ${end}`);
    end = range.offset + range.length;
    if (range.isChanged) ranges.push({ offset: range.offset, length: range.length });
  }
  return { ranges, coveredSize: format.isMap ? end : undefined };
}

function entriesOf(text: string): Entry[] {
  const value = parsed(text);
  if (!Array.isArray(value))
    throw new UsageError("Cannot use the hints: they are JSON, but no list of ranges");
  for (const [index, entry] of value.entries())
    if (typeof entry !== "object" || entry === null || Array.isArray(entry))
      throw unusable(index, entry, "an object with a range");
  return value as Entry[];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`Cannot use the hints: they are no valid JSON (${(cause as Error).message})`, {
      cause,
    });
  }
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function unusable(index: number, entry: unknown, wanted: string): UsageError {
  return new UsageError(
    `Cannot use entry ${index} of the hints, ${JSON.stringify(entry).slice(0, 120)}: want ${wanted}`,
  );
}
