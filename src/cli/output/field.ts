/** Fields: the values that can be shown of a record, with their keys and headings. */

/** A printable value: typed in JSON and YAML, text elsewhere. An object is user metadata. */
export type FieldValue = string | number | boolean | null | Readonly<Record<string, string>>;

export interface Field<R> {
  /** The Block Storage API's name where it has one. */
  readonly key: string;
  readonly heading: string;
  readonly read: (record: R) => FieldValue;
}

/** A field whose heading is its key in words, unless one is given. */
export function field<R>(
  key: string,
  read: (record: R) => FieldValue,
  heading: string = headingOf(key),
): Field<R> {
  return { key, heading, read };
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
