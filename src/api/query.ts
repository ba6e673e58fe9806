/** Lists: pages, orders and filters as queries ask for them. */
import type { DateCondition, DateOperator, Page, SortKey } from "../catalog/rows.js";
import type { Query } from "../service/block-storage/block-storage.js";
import type { Call } from "./call.js";
import { badRequest } from "./faults.js";
import { parseDictionary } from "./python-text.js";

/** How the API's names of a resource lead to the fields of its record. */
export interface ListDescription<R> {
  /** Filters that everyone may use, as `resource_filters` lists them. */
  readonly filters: readonly string[];
  /** Fields by the API's names, for filters. */
  readonly fields: Readonly<Record<string, FilterField<R>>>;
  /** Fields by the API's names, for orders. */
  readonly sorts: Readonly<Record<string, keyof R>>;
}

export interface FilterField<R> {
  readonly field: keyof R;
  /** The value to compare with; `undefined` for a text that no record can have. */
  readonly parse?: (text: string) => R[keyof R] | undefined;
  /** The microversion since when it is a filter. @default {0} */
  readonly since?: number;
}

export interface ListRequest<R> extends Query<R> {
  /** Whether no record can match. */
  readonly isEmpty: boolean;
}

const RESERVED: ReadonlySet<string> = new Set([
  ...["limit", "marker", "offset", "sort", "sort_key", "sort_dir", "all_tenants", "with_count"],
]);
const COUNT_SINCE = 45;
const CONFIGURED_SINCE = 31;
const LIKE_SINCE = 34;
const TIME_SINCE = 60;
const OFFSET_MAX = Number.MAX_SAFE_INTEGER;
const DATES: Readonly<Record<string, string>> = { created_at: "createdAt", updated_at: "updatedAt" };
const OPERATORS: Readonly<Record<string, DateOperator>> = {
  gt: ">",
  gte: ">=",
  eq: "=",
  neq: "<>",
  lt: "<",
  lte: "<=",
};

/** @throws Fault 400 for a query that cannot be */
export function listRequest<R>(call: Call, description: ListDescription<R>): ListRequest<R> {
  const { url, version, identity } = call;
  const query = url.searchParams;
  const limit = count(query, "limit", "limit param") ?? identity.listLimit;
  const offset = count(query, "offset", "offset") ?? 0;
  const page: Page<R> = {
    limit: Math.min(limit, identity.listLimit),
    offset: Math.min(offset, OFFSET_MAX),
    marker: query.get("marker") ?? undefined,
    sort: sortOf(query, description),
  };
  const isCounted = version >= COUNT_SINCE && flagOf(query, "with_count");
  const filters = filtersOf(call, description);
  return {
    allProjects: call.storage.allows("context_is_admin") && flagOf(query, "all_tenants"),
    filter: filters.filter,
    page: { ...page, metadata: filters.metadata, like: filters.like, dates: filters.dates },
    isCounted,
    isEmpty: filters.isEmpty,
  };
}

function count(query: URLSearchParams, name: string, called: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^[+-]?\d+$/.test(text.trim())) throw badRequest(`${called} must be an integer`);
  const value = Number(text);
  if (value < 0) throw badRequest(`${called} must be positive`);
  return value;
}

const TRUE: readonly string[] = ["1", "t", "true", "on", "y", "yes"];
const FALSE: readonly string[] = ["0", "f", "false", "off", "n", "no"];

function flagOf(query: URLSearchParams, name: string): boolean {
  const text = query.get(name)?.trim().toLowerCase();
  if (text === undefined || FALSE.includes(text)) return false;
  if (TRUE.includes(text)) return true;
  throw badRequest(`Value '${query.get(name)}' for '${name}' is not a boolean.`);
}

function sortOf<R>(query: URLSearchParams, { sorts }: ListDescription<R>): SortKey<R>[] {
  const text = query.get("sort");
  const [legacyKey, legacyDirection] = [query.get("sort_key"), query.get("sort_dir")];
  if (text !== null && (legacyKey !== null || legacyDirection !== null))
    throw badRequest(
      "The 'sort_key' and 'sort_dir' parameters are deprecated and cannot be used with the 'sort' parameter.",
    );
  const terms =
    text !== null
      ? text.split(",").map((term) => term.trim())
      : legacyKey === null && legacyDirection === null
        ? []
        : [`${(legacyKey ?? "created_at").trim()}:${(legacyDirection ?? "desc").trim()}`];
  return terms.map((term) => {
    const [key = "", direction = "desc"] = term.split(":");
    if (direction !== "asc" && direction !== "desc")
      throw badRequest("Invalid input received: Unknown sort direction, must be 'desc' or 'asc'.");
    const field = Object.hasOwn(sorts, key) ? sorts[key] : undefined;
    if (field === undefined) throw badRequest("Invalid input received: Invalid sort key");
    return { field, descending: direction === "desc" };
  });
}

interface Filters<R> {
  readonly filter: Partial<R>;
  readonly like: Partial<Record<keyof R, string>>;
  readonly dates: readonly DateCondition<R>[];
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly isEmpty: boolean;
}

function filtersOf<R>(call: Call, description: ListDescription<R>): Filters<R> {
  const filter: Partial<R> = {};
  const like: Partial<Record<keyof R, string>> = {};
  const dates: DateCondition<R>[] = [];
  let metadata: Readonly<Record<string, string>> | undefined;
  let isEmpty = false;
  for (const [name, text] of wantedFilters(call, description)) {
    const isLike = name.endsWith("~") && call.version >= LIKE_SINCE;
    const key = isLike ? name.slice(0, -1) : name;
    if (key === "metadata" && description.filters.includes(key)) {
      metadata = parseDictionary(text);
      isEmpty ||= metadata === undefined;
    } else if (Object.hasOwn(DATES, key) && description.filters.includes(key)) {
      if (call.version >= TIME_SINCE) dates.push(...datesOf<R>(key, text));
    } else {
      const known = Object.hasOwn(description.fields, key) ? description.fields[key] : undefined;
      if ((known?.since ?? 0) > call.version) continue;
      if (known !== undefined && isLike) {
        like[known.field] = text;
        continue;
      }
      const value = known?.parse === undefined ? (text as R[keyof R]) : known.parse(text);
      // The reference system finds nothing by a column that no record has.
      if (known === undefined || value === undefined) isEmpty = true;
      else filter[known.field] = value;
    }
  }
  return { filter, like, dates, metadata, isEmpty };
}

/** Those that the caller may use; others are ignored, or since 3.31 refused, where the caller is no admin. */
function wantedFilters<R>(call: Call, { filters }: ListDescription<R>): [name: string, text: string][] {
  const given = [...call.url.searchParams].filter(([name]) => !RESERVED.has(name));
  if (call.storage.allows("context_is_admin")) return given;
  const isKnown = (name: string): boolean =>
    filters.includes(name) || (call.version >= LIKE_SINCE && filters.includes(name.replace(/~$/, "")));
  const unknown = given.filter(([name]) => !isKnown(name)).map(([name]) => name);
  if (unknown.length > 0 && call.version >= CONFIGURED_SINCE)
    throw badRequest(`Invalid filters ${unknown.join(",")} are found in query options.`);
  return given.filter(([name]) => isKnown(name));
}

function datesOf<R>(name: string, text: string): DateCondition<R>[] {
  return text.split(",").map((condition) => {
    const [operator = "", ...time] = condition.split(":");
    const known = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (known === undefined) throw badRequest(`Invalid ${operator} operator`);
    const text = time.join(":");
    const date = new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
    if (Number.isNaN(date.getTime())) throw badRequest(`Invalid ${text === "" ? name : text} value`);
    return { field: DATES[name] as keyof R, operator: known, date };
  });
}

/** `true` and its like; `undefined` for what is neither true nor false. */
export function parseFlag(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (TRUE.includes(lower)) return true;
  return FALSE.includes(lower) ? false : undefined;
}
