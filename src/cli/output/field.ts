/** Fields: what can be shown of a record, by which key and under which heading. */
import { localMinute, localTime, shortIds, sizeText, spanText } from "./people.js";

/** A printable value: typed in JSON and YAML, text elsewhere. An object is user metadata. */
export type FieldValue = string | number | boolean | null | Readonly<Record<string, string>>;

export interface Field<R> {
  /** The Block Storage API's name where it has one. */
  readonly key: string;
  readonly heading: string;
  readonly read: (record: R) => FieldValue;
  /** Its value in tables, which are for people. @default {that of `read`} */
  readonly show?: ((record: R) => FieldValue) | undefined;
  /** A shorter form in tables that are too wide otherwise. @default {none} */
  readonly brief?: Brief<R> | undefined;
  /** Whether a value stays on one line, because people copy it. @default {false} */
  readonly isWhole?: boolean;
}

export interface Brief<R> {
  /** @default {the field's heading} */
  readonly heading?: string;
  /** The values of a column, all of which the form can depend on. */
  readonly column: (records: readonly R[]) => readonly FieldValue[];
}

/** A field whose heading is its key in words, unless one is given. */
export function field<R>(
  key: string,
  read: (record: R) => FieldValue,
  heading: string = headingOf(key),
  show?: (record: R) => FieldValue,
): Field<R> {
  return { key, heading, read, show };
}

/** A field that holds a moment: in UTC for programs, in local time with its offset for people. */
export function momentField<R>(key: string, read: (record: R) => Date | null): Field<R> {
  const shownAs =
    (text: (date: Date) => string) =>
    (record: R): string | null =>
      mapped(read(record), text);
  const show = shownAs(localTime);
  const column = (records: readonly R[]): FieldValue[] => records.map(shownAs(localMinute));
  return { ...field(key, (record: R) => moment(read(record)), headingOf(key), show), brief: { column } };
}

/** A field that holds bytes, or a count of `unit` bytes: a number for programs, with a unit for people. */
export function sizeField<R>(key: string, read: (record: R) => number | null, unit = 1): Field<R> {
  return field(key, read, headingOf(key), (record) =>
    mapped(read(record), (count) => sizeText(count * unit)),
  );
}

/** A field that holds bytes per second. */
export function rateField<R>(key: string, read: (record: R) => number | null): Field<R> {
  return field(key, read, headingOf(key), (record) =>
    mapped(read(record), (rate) => `${sizeText(Math.round(rate))}/s`),
  );
}

/** A field that holds seconds. */
export function spanField<R>(key: string, read: (record: R) => number | null): Field<R> {
  return field(key, read, headingOf(key), (record) => mapped(read(record), spanText));
}

/** A field that holds hundredths. */
export function percentField<R>(key: string, read: (record: R) => number | null): Field<R> {
  return field(key, read, headingOf(key), (record) => mapped(read(record), (percent) => `${percent}%`));
}

/** A field that holds the ID of a backup, volume or snapshot, whose beginning is enough to name it. */
export function idField<R>(key: string, read: (record: R) => string | null): Field<R> {
  const column = (records: readonly R[]): FieldValue[] => shortIds(records.map(read));
  return { ...field(key, read), brief: { column } };
}

function mapped<V>(value: V | null, text: (value: V) => string): string | null {
  return value === null ? null : text(value);
}

const UPPER_CASE: ReadonlySet<string> = new Set(["id", "url"]);

function headingOf(key: string): string {
  const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);
  return key
    .split("_")
    .map((word) => (UPPER_CASE.has(word) ? word.toUpperCase() : capital(word)))
    .join(" ");
}

/** The Block Storage API's form of a time: `2026-11-22T11:56:02.509000`, in UTC, without a zone. */
export function moment(date: Date | null): string | null {
  return date === null ? null : date.toISOString().replace("Z", "000");
}
