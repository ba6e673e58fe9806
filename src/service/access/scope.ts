/**
 * The rows that a caller can see: those of its own project, or all for an admin. Rows that a caller cannot see do not
 * exist for it: the error is "not found", never "forbidden". A name means the row of the caller's own project before
 * that of another, because several projects may use the same name.
 */
import { isAshlarError } from "../../errors.js";
import { type Caller, isAdmin } from "./caller.js";

interface Owned {
  readonly projectId: string | null;
}

interface Asking {
  readonly caller: Caller;
}

/** A table of rows that belong to projects. */
interface OwnedRows<R extends Owned> {
  find(idOrName: string, within?: Partial<R>): Promise<R>;
  findShort(idOrName: string, within?: Partial<R>): Promise<R>;
}

export function isVisible({ caller }: Asking, { projectId }: Owned): boolean {
  return projectId === caller.projectId || isAdmin(caller);
}

/**
 * The row with an ID, the beginning of one, or a name.
 * @throws NotFoundError also for another project's row; UsageError when several rows have the name or begin so
 */
export async function findVisible<R extends Owned>(
  asking: Asking,
  rows: OwnedRows<R>,
  given: string,
): Promise<R> {
  return await visible(asking, (within) => rows.findShort(given, within));
}

/** Like `findVisible`, but without beginnings of IDs: where a text may mean a path, or a new name, too. */
export async function findNamed<R extends Owned>(
  asking: Asking,
  rows: OwnedRows<R>,
  idOrName: string,
): Promise<R> {
  return await visible(asking, (within) => rows.find(idOrName, within));
}

async function visible<R extends Owned>(
  { caller }: Asking,
  find: (within: Partial<R>) => Promise<R>,
): Promise<R> {
  try {
    return await find({ projectId: caller.projectId } as Partial<R>);
  } catch (error) {
    if (!isAdmin(caller) || !isAshlarError(error, "not-found")) throw error;
    return await find({});
  }
}

/** The scope of a list: all projects if an admin asks for them. Others' requests are ignored, as in Cinder. */
export function listScope({ caller }: Asking, allProjects = false): { readonly projectId?: string } {
  return allProjects && isAdmin(caller) ? {} : { projectId: caller.projectId };
}
