/**
 * Prints records in the formats of the `openstack` client.
 *
 * A printer is made before the work whose result it prints, because making it detects a mistaken column, which must not
 * come to light after an hour's backup. Lists in the text formats show the usual columns unless others are named; JSON and
 * YAML have every field. Tables are for people: they fit the terminal, and leave out what is empty unless it is named.
 * The other formats are for programs, which get whole values.
 */

import { selectFields } from "./columns.js";
import { printCsv } from "./csv.js";
import type { Field, FieldValue } from "./field.js";
import { printPairs, printTable, type TableColumn } from "./table.js";
import { escapeControls, printJson, textOf } from "./text.js";
import { printYamlList, printYamlRecord } from "./yaml.js";

export const OUTPUT_FORMATS = ["table", "json", "value", "csv", "yaml"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export interface OutputFlags {
  readonly format: OutputFormat;
  /** Keys or headings, in any case. @default {the usual ones} */
  readonly column?: readonly string[] | undefined;
}

/** @param width of tables, in columns of the terminal */
export type Printer<T> = (value: T, width: number) => Promise<string>;

/**
 * A printer of lists, which shows the fields with the keys `usual` if the user names none.
 * @throws UsageError for an unknown column
 */
export function rowsPrinter<R>(
  fields: readonly Field<R>[],
  usual: readonly string[],
  { format, column }: OutputFlags,
): Printer<readonly R[]> {
  const chosen = chooseFields(fields, usual, { format, column });
  const headings = chosen.map(({ heading }) => heading);
  const cells = (records: readonly R[]): FieldValue[][] =>
    records.map((record) => chosen.map(({ read }) => read(record)));
  switch (format) {
    case "table":
      return async (records, width) => {
        const columns = chosen.map((each) => columnOf(each, records));
        return printTable(column === undefined ? withoutEmpty(columns) : columns, width);
      };
    case "csv":
      return async (records) => printCsv(headings, cells(records));
    case "value":
      return async (records) =>
        cells(records)
          .map((row) => `${row.map(plain).join(" ")}\n`)
          .join("");
    case "json":
      return async (records) => printJson(records.map((record) => objectOf(chosen, record)));
    case "yaml":
      return async (records) => printYamlList(records.map((record) => objectOf(chosen, record)));
  }
}

/** A printer of one record. @throws UsageError for an unknown column */
export function recordPrinter<R>(fields: readonly Field<R>[], { format, column }: OutputFlags): Printer<R> {
  const chosen = column === undefined ? fields : selectFields(fields, column);
  const pairs = (record: R): FieldValue[][] => chosen.map(({ key, read }) => [key, read(record)]);
  switch (format) {
    case "table":
      return async (record, width) => {
        const all = chosen.map((each) => [each.key, shown(each, record)] as const);
        const rows = column === undefined ? all.filter(([, value]) => !isEmpty(value)) : all;
        return printPairs([rows], width, PAIR);
      };
    case "csv":
      return async (record) => printCsv(PAIR, pairs(record));
    case "value":
      return async (record) => chosen.map(({ read }) => `${plain(read(record))}\n`).join("");
    case "json":
      return async (record) => printJson(objectOf(chosen, record));
    case "yaml":
      return async (record) => printYamlRecord(objectOf(chosen, record));
  }
}

const PAIR: readonly string[] = ["Field", "Value"];

function chooseFields<R>(
  fields: readonly Field<R>[],
  usual: readonly string[],
  { format, column }: OutputFlags,
): readonly Field<R>[] {
  if (column !== undefined) return selectFields(fields, column);
  if (format === "json" || format === "yaml") return fields;
  return fields.filter(({ key }) => usual.includes(key));
}

function shown<R>({ read, show = read }: Field<R>, record: R): FieldValue {
  return show(record);
}

function columnOf<R>(each: Field<R>, records: readonly R[]): TableColumn {
  const { heading, brief, isWhole = false } = each;
  return {
    heading,
    isWhole,
    values: records.map((record) => shown(each, record)),
    brief: brief && { heading: brief.heading ?? heading, values: brief.column(records) },
  };
}

/** An empty table keeps its headings. */
function withoutEmpty(columns: readonly TableColumn[]): readonly TableColumn[] {
  return columns.filter(({ values }) => values.length === 0 || !values.every(isEmpty));
}

function isEmpty(value: FieldValue): boolean {
  return value === null || textOf(value) === "";
}

function plain(value: FieldValue): string {
  return escapeControls(textOf(value));
}

function objectOf<R>(fields: readonly Field<R>[], record: R): Readonly<Record<string, FieldValue>> {
  return Object.fromEntries(fields.map(({ key, read }) => [key, read(record)]));
}
