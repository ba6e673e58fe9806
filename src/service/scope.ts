/**
 * What a caller can see: the rows of its own project; an admin, those of all. What a caller cannot see is not there for
 * it, so it is told that it was not found, never that it is forbidden. A name means the row of the caller's own project
 * before that of another, because several projects may have given it.
 */
import { isAshlarError } from "../errors.js";
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
}

export function isVisible({ caller }: Asking, { projectId }: Owned): boolean {
  return projectId === caller.projectId || isAdmin(caller);
}

/** @throws NotFoundError also for what is another project's; UsageError when several have the name */
export async function findVisible<R extends Owned>(
  { caller }: Asking,
  rows: OwnedRows<R>,
  idOrName: string,
): Promise<R> {
  try {
    return await rows.find(idOrName, { projectId: caller.projectId } as Partial<R>);
  } catch (error) {
    if (!isAdmin(caller) || !isAshlarError(error, "not-found")) throw error;
    return await rows.find(idOrName);
  }
}

/** For lists: all projects where an admin asks for them. Of others the wish is ignored, as in the reference system. */
export function listScope({ caller }: Asking, allProjects = false): { readonly projectId?: string } {
  return allProjects && isAdmin(caller) ? {} : { projectId: caller.projectId };
}
