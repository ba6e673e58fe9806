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

/** Characters that terminals show in two columns, and those that they show in none. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
const EMPTY = /[\p{Mn}\p{Me}\u200b-\u200d]/u;

/** In columns of a terminal. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += EMPTY.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

function pad(text: string, width: number, isNumeric: boolean): string {
  const space = " ".repeat(width - widthOf(text));
  return isNumeric ? space + text : text + space;
}
