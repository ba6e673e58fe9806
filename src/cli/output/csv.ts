/** Comma-separated values as the `openstack` client prints them: everything except numbers and booleans is quoted. */
import type { FieldValue } from "./field.js";
import { textOf } from "./text.js";

export function printCsv(headings: readonly string[], rows: readonly (readonly FieldValue[])[]): string {
  return [headings, ...rows].map((row) => `${row.map(cellOf).join(",")}\n`).join("");
}

function cellOf(value: FieldValue): string {
  if (value === null) return '""';
  const text = textOf(value);
  if (typeof value === "number" || typeof value === "boolean") return text;
  return `"${text.replaceAll('"', '""')}"`;
}
