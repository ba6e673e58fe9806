/** Tables as the `openstack` client draws them. */
import type { FieldValue } from "./field.js";
import { escapeControls, textOf } from "./text.js";

/** Columns that contain only numbers are aligned right. */
export function printTable(headings: readonly string[], rows: readonly (readonly FieldValue[])[]): string {
  const cells = rows.map((row) => row.map((value) => escapeControls(textOf(value))));
  const columns = headings.map((heading, index) => ({
    width: cells.reduce((width, row) => Math.max(width, widthOf(row[index]!)), widthOf(heading)),
    isNumeric: rows.length > 0 && rows.every((row) => typeof row[index] === "number"),
  }));
  const rule = `+${columns.map(({ width }) => "-".repeat(width + 2)).join("+")}+`;
  const line = (row: readonly string[]): string => {
    const padded = columns.map(({ width, isNumeric }, index) => pad(row[index]!, width, isNumeric));
    return `| ${padded.join(" | ")} |`;
  };
  const body = cells.map(line);
  const lines = [rule, line(headings), rule, ...body, ...(body.length > 0 ? [rule] : [])];
  return `${lines.join("\n")}\n`;
}

/** Width in code points: close enough to columns for scripts with one column per letter. */
function widthOf(text: string): number {
  return [...text].length;
}

function pad(text: string, width: number, isNumeric: boolean): string {
  const space = " ".repeat(width - widthOf(text));
  return isNumeric ? space + text : text + space;
}
