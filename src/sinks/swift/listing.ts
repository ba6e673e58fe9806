/** Listings of accounts and containers, page by page: at most 10 000 names a page, and no flag for further pages. */

import { StorageError } from "../../errors.js";
import { readText } from "../http/body.js";
import { expectSuccess } from "../http/status.js";
import type { SwiftConnection } from "./connection.js";

/** A row of a listing: an object or a container. */
export interface ListedRow {
  readonly name: string;
  /** Stored bytes; for a static large object, those of its segments. */
  readonly bytes: number;
  readonly last_modified?: string;
}

export interface ListingRequest {
  /** If left out, containers are listed. */
  readonly container?: string;
  readonly prefix?: string;
  /** Maximum rows of a page. */
  readonly pageSize: number;
}

/** Enough for an escaped name of 1024 bytes and the other fields. */
const ROW_SIZE_MAX = 4096;

/** Yields the rows of every page; none if there is no such container. */
export async function* listRows(
  connection: SwiftConnection,
  { container, prefix = "", pageSize }: ListingRequest,
): AsyncGenerator<ListedRow> {
  const what = container === undefined ? "list containers" : `list container ${JSON.stringify(container)}`;
  for (let marker = ""; ; ) {
    const response = await connection.send({
      method: "GET",
      ...(container === undefined ? {} : { container }),
      query: { format: "json", limit: String(pageSize), prefix, marker },
      headers: { accept: "application/json" },
    });
    await expectSuccess(response, connection.context("list", what), [404]);
    const text = await readText(response.body, (pageSize + 1) * ROW_SIZE_MAX);
    if (response.status === 404) return;
    const rows = parseRows(text, what);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    // The server may cut a page by its own limit, so only an empty page is the end.
    if (last.name <= marker && marker !== "")
      throw failure(what, `it begins again after ${JSON.stringify(marker)}`);
    marker = last.name;
  }
}

function parseRows(text: string, what: string): ListedRow[] {
  if (text === "") return [];
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch {
    throw failure(what, "the answer is not JSON");
  }
  if (!Array.isArray(rows) || !rows.every(isRow)) throw failure(what, "the answer is no listing");
  return rows;
}

function isRow(row: unknown): row is ListedRow {
  const { name, bytes } = (row ?? {}) as { readonly name?: unknown; readonly bytes?: unknown };
  return typeof name === "string" && typeof bytes === "number";
}

function failure(what: string, state: string): StorageError {
  return new StorageError(`Cannot ${what}: ${state}`, { call: "list", status: "temporary" });
}
