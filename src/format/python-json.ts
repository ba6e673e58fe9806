/**
 * JSON text as the reference system prints it: byte for byte the output of Python's `json.dumps`.
 *
 * The stored files and records are compared and digested as bytes, so the layout is part of the format. Four things
 * differ from `JSON.stringify`: every character outside space to `~` is escaped (DEL too), separators are `", "` and
 * `": "`, an indented text ends its lines with a bare `,`, and sorted keys are in code point order, which for
 * characters above U+FFFF is not JavaScript's order of UTF-16 units.
 *
 * Not covered: fractions and integers past 2^53−1, which the format never contains. Unsorted keys are in the object's
 * own order, in which JavaScript puts keys that look like array indices first.
 */

import { UsageError } from "../errors.js";

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export interface DumpOptions {
  /** @default {false} */
  readonly sortKeys?: boolean;
  /** Spaces per level, with each item on its own line; if left out, all is on one line. */
  readonly indent?: number;
}

/**
 * Prints `value` like Python's `json.dumps(value, sort_keys=…, indent=…)`. ASCII only, no newline at the end.
 * @throws UsageError for a number that is not an integer within ±(2^53−1)
 */
export function dumps(value: JsonValue, options: DumpOptions = {}): string {
  return printValue(value, options, 0);
}

function printValue(value: JsonValue, options: DumpOptions, level: number): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return printInteger(value);
  if (isList(value)) {
    const items = value.map((item) => printValue(item, options, level + 1));
    return enclose("[", items, "]", options, level);
  }
  const keys = Object.keys(value);
  if (options.sortKeys) keys.sort(compareCodePoints);
  const items = keys.map((key) => `${quote(key)}: ${printValue(value[key]!, options, level + 1)}`);
  return enclose("{", items, "}", options, level);
}

/** `Array.isArray` does not narrow a readonly array out of a union. */
function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function enclose(
  open: string,
  items: readonly string[],
  close: string,
  options: DumpOptions,
  level: number,
): string {
  if (options.indent === undefined || items.length === 0) return open + items.join(", ") + close;
  const outer = `\n${" ".repeat(options.indent * level)}`;
  const inner = outer + " ".repeat(options.indent);
  return open + inner + items.join(`,${inner}`) + outer + close;
}

function printInteger(value: number): string {
  if (!Number.isSafeInteger(value)) {
    throw new UsageError(`Cannot print number "${value}" as JSON: want an integer within ±(2^53−1)`);
  }
  return String(value);
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** Without the `u` flag the pattern matches UTF-16 units, so a character above U+FFFF becomes its surrogate pair. */
const ESCAPED = /["\\]|[^ -~]/g;

/** `text` as a Python JSON string literal, quotes included. */
function quote(text: string): string {
  return `"${text.replace(ESCAPED, escapeUnit)}"`;
}

function escapeUnit(unit: string): string {
  return SHORT_ESCAPES[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Python's order of strings: by code point, so that U+FFFF is before U+10000. */
function compareCodePoints(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const left = a.codePointAt(i)!;
    const right = b.codePointAt(i)!;
    if (left !== right) return left - right;
    if (left > 0xffff) i++;
  }
  return a.length - b.length;
}
