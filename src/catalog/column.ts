/**
 * Columns: how each field of a row is stored in SQLite and read back, and the initial value of a field that a
 * new row leaves out. A column is named after its field. The tables are STRICT, so types hold.
 */

import type { SqlRow, SqlValue } from "../ports.js";

/** Conversion of values of one type to and from SQL. */
export interface ColumnType<T> {
  /** The value in a new row that gives none; `undefined` if every new row must give one. */
  readonly initial?: T | undefined;
  toSql(value: T): SqlValue;
  fromSql(value: SqlValue): T;
}

export interface Column<T> extends ColumnType<T> {
  /** Name in the table. */
  readonly name: string;
}

/** A column for every field of the row `R`. */
export type Columns<R> = { readonly [Field in keyof R]: Column<R[Field]> };

/** User metadata: short texts by key. */
export type UserMetadata = Readonly<Record<string, string>>;

/** The columns of a table: field `volumeId` has column `volume_id`. */
export function columnsOf<R>(types: { readonly [Field in keyof R]: ColumnType<R[Field]> }): Columns<R> {
  const named = Object.entries<ColumnType<unknown>>(types).map(([field, type]) => [
    field,
    { ...type, name: field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) },
  ]);
  return Object.fromEntries(named) as Columns<R>;
}

export function text<T extends string = string>(): ColumnType<T> {
  return { toSql: (value) => value, fromSql: (value) => value as T };
}

/** Text, truncated to the first `length` characters. */
export function cutText(length: number): ColumnType<string> {
  return {
    toSql: (value) => Array.from(value).slice(0, length).join(""),
    fromSql: (value) => value as string,
  };
}

/** A whole number up to 2^53−1. */
export function integer(initial?: number): ColumnType<number> {
  return { initial, toSql: (value) => value, fromSql: (value) => value as number };
}

export function flag(initial?: boolean): ColumnType<boolean> {
  return { initial, toSql: Number, fromSql: Boolean };
}

/** ISO 8601 in UTC with milliseconds: always 24 characters, so that texts sort by time. */
export function date(): ColumnType<Date> {
  return {
    toSql: (value) => value.toISOString(),
    fromSql: (value) => new Date(value as string),
  };
}

export function userMetadata(): ColumnType<UserMetadata> {
  return {
    initial: {},
    toSql: (value) => JSON.stringify(value),
    fromSql: (value) => JSON.parse(value as string) as UserMetadata,
  };
}

/** Null in a new row that gives no value. */
export function nullable<T>(type: ColumnType<T>): ColumnType<T | null> {
  return {
    initial: null,
    toSql: (value) => (value === null ? null : type.toSql(value)),
    fromSql: (value) => (value === null ? null : type.fromSql(value)),
  };
}

/** The initial values of all fields that have one. */
export function initialValues<R>(columns: Columns<R>): Partial<R> {
  const entries = Object.entries<Column<unknown>>(columns).filter(([, { initial }]) => initial !== undefined);
  return Object.fromEntries(entries.map(([field, { initial }]) => [field, initial])) as Partial<R>;
}

/** The fields of `values` as (column name, SQL value) pairs, in their given order. */
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
