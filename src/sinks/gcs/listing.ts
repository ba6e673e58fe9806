/** Listings, read page by page to the last. */

import { IntegrityError } from "../../errors.js";
import type { GcsConnection, GcsRequest } from "./connection.js";

export type GcsItem = Readonly<Record<string, unknown>>;

/** The items of every page. @throws NotFoundError if the listed bucket or project does not exist */
export async function* listItems(connection: GcsConnection, request: GcsRequest): AsyncGenerator<GcsItem> {
  let pageToken: string | undefined;
  for (;;) {
    const query = { ...request.query, ...(pageToken === undefined ? {} : { pageToken }) };
    const page = await connection.document({ ...request, query });
    if (Array.isArray(page.items)) yield* page.items.filter(isItem);
    const next = page.nextPageToken;
    if (next === undefined || next === "") return;
    // A list that does not advance would never end.
    if (typeof next !== "string" || next === pageToken) {
      throw new IntegrityError(
        `Cannot ${request.what}: the server's list is truncated, and has no marker for the next page`,
      );
    }
    pageToken = next;
  }
}

function isItem(item: unknown): item is GcsItem {
  return typeof item === "object" && item !== null;
}

/** Bytes; the API sends them as text. */
export function sizeOfItem({ size }: GcsItem): number | undefined {
  return typeof size === "string" && /^[0-9]+$/.test(size) ? Number(size) : undefined;
}
