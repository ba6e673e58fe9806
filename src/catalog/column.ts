/** Columns: how one field of a domain record is kept in SQLite and read back. The tables are STRICT, so types hold. */

import type { SqlRow, SqlValue } from "../ports.js";

export interface Column<T> {
  /** Name in the table. */
  readonly name: string;
  toSql(value: T): SqlValue;
  fromSql(value: SqlValue): T;
}

/** A column for every field of the record `R`. */
export type Columns<R> = { readonly [Field in keyof R]: Column<R[Field]> };

/** User metadata: short texts by key. */
export type UserMetadata = Readonly<Record<string, string>>;

export function text<T extends string = string>(name: string): Column<T> {
  return { name, toSql: (value) => value, fromSql: (value) => value as T };
}

/** Text of which only the first `length` characters are kept. */
export function cutText(name: string, length: number): Column<string> {
  return {
    name,
    toSql: (value) => Array.from(value).slice(0, length).join(""),
    fromSql: (value) => value as string,
  };
}

/** A whole number to 2^53−1. */
export function integer(name: string): Column<number> {
  return { name, toSql: (value) => value, fromSql: (value) => value as number };
}

export function flag(name: string): Column<boolean> {
  return { name, toSql: Number, fromSql: Boolean };
}

/** ISO 8601 in UTC with milliseconds: always 24 characters, so the order of the texts is the order in time. */
export function date(name: string): Column<Date> {
  return {
    name,
    toSql: (value) => value.toISOString(),
    fromSql: (value) => new Date(value as string),
  };
}

export function userMetadata(name: string): Column<UserMetadata> {
  return {
    name,
    toSql: (value) => JSON.stringify(value),
    fromSql: (value) => JSON.parse(value as string) as UserMetadata,
  };
}

export function nullable<T>(column: Column<T>): Column<T | null> {
  return {
    name: column.name,
    toSql: (value) => (value === null ? null : column.toSql(value)),
    fromSql: (value) => (value === null ? null : column.fromSql(value)),
  };
}

/** The fields of `values` as (column name, SQL value) pairs, in the order in which they are given. */
export function encodeFields<R>(columns: Columns<R>, values: Partial<R>): [name: string, value: SqlValue][] {
  const encodeField = <Field extends keyof R>(field: Field): [string, SqlValue] => {
    const column = columns[field];
    return [column.name, column.toSql(values[field] as R[Field])];
  };
  return (Object.keys(values) as (keyof R)[]).map(encodeField);
}

export function decodeRow<R>(columns: Columns<R>, row: SqlRow): R {
  const entries = Object.entries<Column<unknown>>(columns);
  return Object.fromEntries(
    entries.map(([field, column]) => [field, column.fromSql(row[column.name]!)]),
  ) as R;
}
