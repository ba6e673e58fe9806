/** Fields: what can be shown of a record, by which key and under which heading. */
import { localTime, sizeText } from "./people.js";

/** A printable value: typed in JSON and YAML, text elsewhere. An object is user metadata. */
export type FieldValue = string | number | boolean | null | Readonly<Record<string, string>>;

export interface Field<R> {
  /** The Block Storage API's name where it has one. */
  readonly key: string;
  readonly heading: string;
  readonly read: (record: R) => FieldValue;
  /** Its value in tables, which are for people. @default {that of `read`} */
  readonly show?: ((record: R) => FieldValue) | undefined;
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
  const show = (record: R): string | null => {
    const date = read(record);
    return date === null ? null : localTime(date);
  };
  return field(key, (record) => moment(read(record)), headingOf(key), show);
}

/** A field that holds bytes, or a count of `unit` bytes: a number for programs, with a unit for people. */
export function sizeField<R>(key: string, read: (record: R) => number | null, unit = 1): Field<R> {
  const show = (record: R): string | null => {
    const count = read(record);
    return count === null ? null : sizeText(count * unit);
  };
  return field(key, read, headingOf(key), show);
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
