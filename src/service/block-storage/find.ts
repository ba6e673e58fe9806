/** Finds records by id alone, and lists those that the caller may see. */
import type { CatalogRow, Rows } from "../../catalog/rows.js";
import { NotFoundError } from "../../errors.js";
import { isVisible, listScope } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import type { Listing, Query } from "./block-storage.js";

type OwnedRow = CatalogRow<string> & { readonly projectId: string | null };

/** The reference system's nouns. */
export type Noun = "Volume" | "Snapshot" | "Backup" | "Message";

/** @throws NotFoundError, in the reference system's words, also for a record of another project */
export async function findById<Status extends string, R extends OwnedRow & CatalogRow<Status>>(
  context: Pick<ServiceContext, "caller">,
  rows: Rows<Status, R>,
  noun: Noun,
  id: string,
): Promise<R> {
  const record = await rows.byId(id);
  if (record !== undefined && isVisible(context, record)) return record;
  throw notFound(noun, id);
}

export function notFound(noun: Noun, id: string): NotFoundError {
  return new NotFoundError(`${noun} ${id} could not be found.`);
}

export async function listRows<Status extends string, R extends OwnedRow & CatalogRow<Status>>(
  context: Pick<ServiceContext, "caller">,
  rows: Rows<Status, R>,
  noun: Noun,
  { allProjects, filter, page = {}, isCounted = false }: Query<R>,
): Promise<Listing<R>> {
  if (page.marker !== undefined) await findById(context, rows, noun, page.marker);
  const scope = listScope(context, allProjects) as Partial<R>;
  const wanted = { ...filter, ...scope };
  const items = await rows.list(wanted, page);
  return { items, count: isCounted ? await rows.count(wanted, page) : undefined };
}
