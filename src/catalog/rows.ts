/**
 * Queries and changes that tables share. Every call is one statement, so it is atomic also among processes; work that
 * needs several goes into `Catalog.transaction`.
 *
 * A status is changed with `transition`, which resolves to whether it happened: of several processes that try at once,
 * one succeeds. Rows with status `deleted` are those that a worker has yet to notice; `find` and `list` leave them out.
 */

import { InvalidStateError, isAshlarError, NotFoundError, UsageError } from "../errors.js";
import type { Clock, SqlSession, SqlValue } from "../ports.js";
import { type Columns, decodeRow, encodeFields, initialValues, type UserMetadata } from "./column.js";
import { metadataCondition } from "./dialect.js";
import { marksOf, partsOf } from "./id-list.js";

/** Shorter beginnings are more likely mistakes. */
const ID_START = /^[0-9a-f][0-9a-f-]{5,34}$/;

/** Fields that the rows of several tables share. */
export interface CatalogRow<Status extends string> {
  readonly id: string;
  readonly name: string | null;
  readonly status: Status;
  /** The name of the process that is working on it; null if none is. */
  readonly holder: string | null;
  readonly createdAt: Date;
  /** Time of the last change; null before the first. */
  readonly updatedAt: Date | null;
}

/** Fields that may change. */
export type Changes<R> = Partial<Omit<R, "id" | "createdAt">>;

export interface SortKey<R> {
  readonly field: keyof R;
  readonly descending: boolean;
}

export interface Page<R> {
  /** Maximum number of rows. @default {all} */
  readonly limit?: number | undefined;
  /** ID of the row after which the list continues; it need not match the filter. */
  readonly marker?: string | undefined;
  /** Sort keys; equal rows, and a list without keys, are sorted newest first. */
  readonly sort?: readonly SortKey<R>[] | undefined;
  /** Only rows whose user metadata has all of these. */
  readonly metadata?: UserMetadata | undefined;
  /** Only rows whose texts contain these; the case of ASCII letters is ignored. */
  readonly like?: Partial<Record<keyof R, string>> | undefined;
  /** Only rows whose dates meet these conditions. */
  readonly dates?: readonly DateCondition<R>[] | undefined;
  /** Records skipped from the start, or after the marker. @default {0} */
  readonly offset?: number | undefined;
}

export type DateOperator = "<" | "<=" | "=" | "<>" | ">=" | ">";

/** A condition on a date; a missing date never meets it. */
export interface DateCondition<R> {
  readonly field: keyof R;
  readonly operator: DateOperator;
  readonly date: Date;
}

export interface TableDescription<R> {
  readonly table: string;
  /** The word for one row in messages. */
  readonly noun: string;
  readonly columns: Columns<R>;
}

/** A search for a row other than by its ID. */
export interface Search<R> {
  readonly where: string;
  readonly parameters: readonly SqlValue[];
  readonly within: Partial<R>;
}

const NEWEST_FIRST = "ORDER BY created_at DESC, id DESC";
const LIVE = "status <> 'deleted'";
/** As a parameter; SQLite has no word for it. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

export class Rows<Status extends string, R extends CatalogRow<Status>> {
  readonly #session: SqlSession;
  readonly #clock: Clock;
  readonly #description: TableDescription<R>;

  constructor(session: SqlSession, clock: Clock, description: TableDescription<R>) {
    this.#session = session;
    this.#clock = clock;
    this.#description = description;
  }

  /** @throws InvalidStateError when the table has a row with this ID, or another value that must be unique */
  protected async insertRow(given: Pick<R, "id"> & Partial<R>): Promise<R> {
    const { table, noun, columns } = this.#description;
    // The tables reject a row without a field that has no initial value.
    const row = { ...initialValues(columns), createdAt: this.now, ...given } as R;
    const fields = encodeFields(columns, row);
    const names = fields.map(([name]) => name).join(", ");
    const marks = fields.map(() => "?").join(", ");
    const added = await this.#session.run(
      `INSERT INTO ${table} (${names}) VALUES (${marks}) ON CONFLICT DO NOTHING`,
      fields.map(([, value]) => value),
    );
    if (added === 0) {
      throw new InvalidStateError(`Cannot add ${noun} "${row.id}": it is in the catalog already`);
    }
    return row;
  }

  /** All rows that meet the SQL condition `where`, newest first unless `tail` sorts differently. */
  protected async select(
    where: string,
    parameters: readonly SqlValue[],
    tail: string = NEWEST_FIRST,
  ): Promise<R[]> {
    const { table, columns } = this.#description;
    const rows = await this.#session.all(`SELECT * FROM ${table} WHERE ${where} ${tail}`, parameters);
    return rows.map((row) => decodeRow(columns, row));
  }

  protected get now(): Date {
    return this.#clock.now();
  }

  /** Includes rows with status `deleted`. */
  async byId(id: string): Promise<R | undefined> {
    const [row] = await this.select("id = ?", [id]);
    return row;
  }

  /** The rows with these IDs, in no order. One statement for each thousand of them. */
  async byIds(ids: readonly string[]): Promise<R[]> {
    const rows: R[] = [];
    for (const part of partsOf(ids)) rows.push(...(await this.select(`id IN (${marksOf(part)})`, part)));
    return rows;
  }

  /**
   * The row with the ID `idOrName`, else the only one with that name, among those whose fields equal all of
   * `within`'s.
   * @throws NotFoundError when there is none; UsageError when several have the name
   */
  async find(idOrName: string, within: Partial<R> = {}): Promise<R> {
    return await this.findWhere(idOrName, { where: "name = ?", parameters: [idOrName], within });
  }

  protected async findWhere(wanted: string, { where, parameters, within }: Search<R>): Promise<R> {
    const { noun, columns } = this.#description;
    const fields = encodeFields(columns, within);
    const scope = [LIVE, ...fields.map(([name]) => `${name} IS NOT DISTINCT FROM ?`)].join(" AND ");
    const values = fields.map(([, value]) => value);
    const [exact] = await this.select(`id = ? AND ${scope}`, [wanted, ...values]);
    if (exact !== undefined) return exact;
    const [match, ...others] = await this.select(`(${where}) AND ${scope}`, [...parameters, ...values]);
    if (match === undefined) throw new NotFoundError(`No ${noun} with a name or ID of "${wanted}" exists`);
    if (others.length === 0) return match;
    throw new UsageError(
      `More than one ${noun} exists with the name "${wanted}": use one of the IDs ${newestOf([match, ...others])}`,
    );
  }

  /**
   * Like `find`; also, the first six or more characters of an ID are the row with that ID.
   * @throws UsageError also when several IDs begin so
   */
  async findShort(given: string, within: Partial<R> = {}): Promise<R> {
    try {
      return await this.find(given, within);
    } catch (error) {
      if (!isAshlarError(error, "not-found") || !ID_START.test(given)) throw error;
      const [match, ...others] = (await this.list(within)).filter(({ id }) => id.startsWith(given));
      if (match === undefined) throw error;
      if (others.length === 0) return match;
      throw new UsageError(
        `More than one ${this.#description.noun} has an ID that begins with "${given}": ${newestOf([match, ...others])}`,
      );
    }
  }

  /**
   * Records whose fields equal all of `filter`'s, newest first, then by descending ID.
   * @throws NotFoundError when no row has the marker's ID
   */
  async list(filter: Partial<R> = {}, page: Page<R> = {}): Promise<R[]> {
    const { conditions, parameters } = this.#conditionsOf(filter, page);
    if (page.sort !== undefined && page.sort.length > 0) {
      return await this.#listSorted(conditions, parameters, { ...page, sort: page.sort });
    }
    if (page.marker !== undefined) {
      const marker = await this.byId(page.marker);
      if (marker === undefined) throw this.#unknownMarker(page.marker);
      conditions.push("(created_at, id) < (?, ?)");
      parameters.push(marker.createdAt.toISOString(), marker.id);
    }
    parameters.push(page.limit ?? NO_LIMIT, page.offset ?? 0);
    return await this.select(conditions.join(" AND "), parameters, `${NEWEST_FIRST} LIMIT ? OFFSET ?`);
  }

  /** The number of rows that `list` would find without marker, limit and offset. */
  async count(filter: Partial<R> = {}, page: Page<R> = {}): Promise<number> {
    const { conditions, parameters } = this.#conditionsOf(filter, page);
    const sql = `SELECT COUNT(*) AS count FROM ${this.#description.table} WHERE ${conditions.join(" AND ")}`;
    const [row] = await this.#session.all(sql, parameters);
    return row!.count as number;
  }

  /** The number of rows whose fields equal all of `filter`'s, and the sum of a field in `unit`s, each rounded up. */
  async tally(
    filter: Partial<R>,
    field: keyof R,
    unit = 1,
  ): Promise<{ readonly count: number; readonly total: number }> {
    const { table, columns } = this.#description;
    const { conditions, parameters } = this.#conditionsOf(filter, {});
    const total = `CAST(COALESCE(SUM((${columns[field].name} + CAST(? AS BIGINT) - 1) / CAST(? AS BIGINT)), 0) AS BIGINT)`;
    const sql = `SELECT COUNT(*) AS count, ${total} AS total FROM ${table} WHERE ${conditions.join(" AND ")}`;
    const [row] = await this.#session.all(sql, [unit, unit, ...parameters]);
    return { count: row!.count as number, total: row!.total as number };
  }

  #conditionsOf(filter: Partial<R>, page: Page<R>): { conditions: string[]; parameters: SqlValue[] } {
    const { columns } = this.#description;
    const fields = encodeFields(columns, filter);
    const conditions = fields.map(([name]) => `${name} IS NOT DISTINCT FROM ?`);
    const parameters = fields.map(([, value]) => value);
    if (filter.status === undefined) conditions.push(LIVE);
    for (const [key, value] of Object.entries(page.metadata ?? {})) {
      conditions.push(metadataCondition(this.#session));
      parameters.push(key, value);
    }
    for (const [field, part] of Object.entries<string | undefined>(page.like ?? {})) {
      if (part === undefined) continue;
      conditions.push(`lower(${columns[field as keyof R].name}) LIKE ? ESCAPE '!'`);
      parameters.push(`%${lowerAscii(part).replaceAll(/[!%_]/g, "!$&")}%`);
    }
    for (const { field, operator, date } of page.dates ?? []) {
      conditions.push(`${columns[field].name} ${operator} ?`);
      parameters.push(date.toISOString());
    }
    return { conditions, parameters };
  }

  /** Finds the marker among the results, because only the database knows how any field sorts. */
  async #listSorted(
    conditions: readonly string[],
    parameters: readonly SqlValue[],
    { sort, marker, limit, offset = 0 }: Page<R> & { readonly sort: readonly SortKey<R>[] },
  ): Promise<R[]> {
    const { columns } = this.#description;
    const order = sort.map(
      ({ field, descending }) =>
        `${columns[field].name} ${descending ? "DESC NULLS LAST" : "ASC NULLS FIRST"}`,
    );
    const tail = `ORDER BY ${order.join(", ")}, created_at DESC, id DESC`;
    const where = `(${conditions.join(" AND ")}) OR id IS NOT DISTINCT FROM ?`;
    const found = await this.select(where, [...parameters, marker ?? null], tail);
    const first = marker === undefined ? 0 : found.findIndex(({ id }) => id === marker) + 1;
    if (marker !== undefined && first === 0) throw this.#unknownMarker(marker);
    const start = first + offset;
    return found.slice(start, limit === undefined ? undefined : start + limit);
  }

  #unknownMarker(marker: string): NotFoundError {
    const { noun } = this.#description;
    return new NotFoundError(`Cannot list ${noun}s after marker "${marker}": no ${noun} has this ID`);
  }

  /** Rows that a process holds, for the repair after a crash. */
  async held(): Promise<R[]> {
    return await this.select("holder IS NOT NULL", []);
  }

  /** Resolves to whether the row exists. */
  async update(id: string, changes: Changes<R>): Promise<boolean> {
    return await this.#updateWhere(changes, "id = ?", [id]);
  }

  /** Changes the status from one of `from` to `to`, along with `changes`. Resolves to whether it happened. */
  async transition(
    id: string,
    from: readonly Status[],
    to: Status,
    changes: Changes<R> = {},
  ): Promise<boolean> {
    // An empty list is no SQL.
    if (from.length === 0) return false;
    return await this.#updateWhere({ ...changes, status: to }, `id = ? AND status IN (${marksOf(from)})`, [
      id,
      ...from,
    ]);
  }

  async #updateWhere(changes: Changes<R>, where: string, parameters: readonly SqlValue[]): Promise<boolean> {
    const { table, columns } = this.#description;
    const fields = encodeFields<R>(columns, { updatedAt: this.now, ...changes } as Partial<R>);
    const assignments = fields.map(([name]) => `${name} = ?`).join(", ");
    const values = fields.map(([, value]) => value);
    const changed = await this.#session.run(`UPDATE ${table} SET ${assignments} WHERE ${where}`, [
      ...values,
      ...parameters,
    ]);
    return changed > 0;
  }

  /** Resolves to whether the row existed. */
  async remove(id: string): Promise<boolean> {
    return (await this.#session.run(`DELETE FROM ${this.#description.table} WHERE id = ?`, [id])) > 0;
  }
}

/** As SQLite's `lower`, and PostgreSQL's of a text that sorts by bytes: other letters keep their case. */
function lowerAscii(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

const SHOWN_MAX = 5;

/** The newest of several rows, with their dates, as text. */
function newestOf(rows: readonly { readonly id: string; readonly createdAt: Date }[]): string {
  const newest = [...rows].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  const shown = newest
    .slice(0, SHOWN_MAX)
    .map(({ id, createdAt }) => `${id} (${createdAt.toISOString().slice(0, 19)}Z)`);
  const left = rows.length - shown.length;
  return shown.join(", ") + (left > 0 ? `, and ${left} older` : "");
}
