/** Tables as the `openstack` client draws them, fitted to the width of a terminal. */
import { displayWidth, wrapText } from "./display-width.js";
import type { FieldValue } from "./field.js";
import { escapeControls, textOf } from "./text.js";

export interface TableColumn {
  readonly heading: string;
  /** One for each row. */
  readonly values: readonly FieldValue[];
  /** A shorter form, for a table that is too wide otherwise. */
  readonly brief?: Pick<TableColumn, "heading" | "values"> | undefined;
  /** Whether its values stay on one line. @default {false} */
  readonly isWhole?: boolean | undefined;
}

/** Narrower columns cannot be read: rows are shown one below the other then. */
const WIDTH_MIN = 8;
/** Width of a column's borders. */
const BORDER = 3;

/**
 * A table of at most `width` columns of the terminal: in full where that fits, else with brief forms, else with texts on
 * several lines, else each row as a list of its values. Columns that contain only numbers are aligned right.
 */
export function printTable(columns: readonly TableColumn[], width: number): string {
  const full = columns.map((column) => new Column(column));
  if (totalOf(full) <= width) return draw(full);
  const brief = columns.map(({ brief, isWhole, ...column }) => {
    const { heading, values } = brief ?? column;
    const unbroken = longestWord(heading);
    return new Column({ heading, values, isWhole }, { unbroken, isBrief: brief !== undefined });
  });
  const isEmpty = columns.every(({ values }) => values.length === 0);
  return narrow(brief, width) || isEmpty ? draw(brief) : printPairs(pairsOf(columns), width);
}

/** Groups of names and values, with a rule between the groups. */
export type Pairs = readonly (readonly [name: string, value: FieldValue])[];

export function printPairs(groups: readonly Pairs[], width: number, headings?: readonly string[]): string {
  const pairs = groups.flat();
  const names = new Column({ heading: headings?.[0] ?? "", values: pairs.map(([name]) => name) });
  // A number is aligned left, like the texts around it.
  const values = pairs.map(([, value]) => textOf(value));
  const column = new Column({ heading: headings?.[1] ?? "", values });
  column.width = Math.min(column.width, Math.max(WIDTH_MIN, width - totalOf([names]) - BORDER));
  const ends = new Set(groups.map(({ length }) => length).map(runningSum()));
  return draw([names, column], { hasHeadings: headings !== undefined, ends });
}

function runningSum(): (count: number) => number {
  let sum = 0;
  return (count) => {
    sum += count;
    return sum;
  };
}

/** Each row as a group of headings and values. */
function pairsOf(columns: readonly TableColumn[]): Pairs[] {
  const rows = columns[0]?.values ?? [];
  return rows.map((_, row) => columns.map(({ heading, values }) => [heading, values[row] ?? null] as const));
}

interface ColumnOptions {
  /** The part of the heading that stays on one line. @default {all of it} */
  readonly unbroken?: string;
  /** Whether its values are in their brief form. @default {false} */
  readonly isBrief?: boolean;
}

class Column {
  readonly heading: string;
  readonly cells: readonly string[];
  readonly isNumeric: boolean;
  readonly isBrief: boolean;
  readonly widthMin: number;
  width: number;

  constructor(
    { heading, values, isWhole = false }: TableColumn,
    { unbroken = heading, isBrief = false }: ColumnOptions = {},
  ) {
    this.heading = heading;
    this.cells = values.map((value) => escapeControls(textOf(value)));
    this.isNumeric = values.length > 0 && values.every((value) => typeof value === "number");
    this.isBrief = isBrief;
    this.width = Math.max(displayWidth(unbroken), ...this.cells.map(displayWidth));
    this.widthMin = isWhole ? this.width : Math.max(WIDTH_MIN, displayWidth(unbroken));
  }

  /** Lines of a cell, or of the heading. */
  lines(row: number | undefined): string[] {
    const text = row === undefined ? this.heading : this.cells[row]!;
    const lines = displayWidth(text) <= this.width ? [text] : wrapText(text, this.width);
    return lines.map((line) => this.#pad(line));
  }

  #pad(text: string): string {
    const space = " ".repeat(Math.max(0, this.width - displayWidth(text)));
    return this.isNumeric ? space + text : text + space;
  }
}

function longestWord(heading: string): string {
  return heading.split(" ").reduce((longest, word) => (word.length > longest.length ? word : longest), "");
}

function totalOf(columns: readonly Column[]): number {
  return columns.reduce((total, { width }) => total + width + BORDER, 1);
}

/**
 * Narrows the widest columns until the table has the wanted width, those without a brief form first.
 * @returns whether that is possible
 */
function narrow(columns: readonly Column[], width: number): boolean {
  for (let excess = totalOf(columns) - width; excess > 0; excess--) {
    const candidates = columns.filter(({ width, widthMin, isNumeric }) => !isNumeric && width > widthMin);
    const long = candidates.filter(({ isBrief }) => !isBrief);
    const [widest] = (long.length > 0 ? long : candidates).sort((a, b) => b.width - a.width);
    if (widest === undefined) return false;
    widest.width--;
  }
  return true;
}

interface DrawOptions {
  readonly hasHeadings: boolean;
  /** Numbers of the rows before which there is a rule. */
  readonly ends: ReadonlySet<number>;
}

function draw(columns: readonly Column[], { hasHeadings, ends }: DrawOptions = ONE_BLOCK): string {
  const rule = `+${columns.map(({ width }) => "-".repeat(width + 2)).join("+")}+`;
  const rows = columns[0]?.cells ?? [];
  const body = rows.flatMap((_, row) => [
    ...(row > 0 && ends.has(row) ? [rule] : []),
    ...drawRow(columns, row),
  ]);
  const head = hasHeadings ? [rule, ...drawRow(columns, undefined)] : [];
  return `${[...head, rule, ...body, ...(body.length > 0 ? [rule] : [])].join("\n")}\n`;
}

const ONE_BLOCK: DrawOptions = { hasHeadings: true, ends: new Set() };

function drawRow(columns: readonly Column[], row: number | undefined): string[] {
  const cells = columns.map((column) => column.lines(row));
  const height = Math.max(...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) => {
    const parts = cells.map((lines, index) => lines[line] ?? " ".repeat(columns[index]!.width));
    return `| ${parts.join(" | ")} |`;
  });
}
