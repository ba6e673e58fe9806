/** The repository's identity after a scan: a moved repository is followed, a replaced one accepted on request. */
import { isAshlarError } from "../../errors.js";
import type { ObjectSink } from "../../sinks/sink.js";
import type { ServiceContext } from "../context.js";
import { findMarker, readMarker, replaceMarker } from "./marker.js";

/**
 * Records the identity of the repository at `url`. If it was known by another URL and is not there any more, it has
 * moved: what is left of its backups in the catalog follows it.
 * @param accept whether a repository that is still at its other URL, too, gets an identity of its own
 */
export async function follow(
  context: ServiceContext,
  { url, sink, accept }: { readonly url: string; readonly sink: ObjectSink; readonly accept: boolean },
): Promise<void> {
  const { catalog, host } = context;
  const marker = await findMarker(sink);
  if (marker === undefined) {
    if (accept) await catalog.repositories.remove(url);
    return;
  }
  const others = (await catalog.repositories.byIdentity(marker.identity)).filter((each) => each.url !== url);
  for (const other of others) {
    if (!(await isThere(context, other))) {
      await move(context, other.url, url);
    } else if (accept) {
      const identity = crypto.randomUUID();
      await replaceMarker(sink, marker.container, identity);
      await catalog.repositories.set({ url, identity, container: marker.container });
      return;
    } else {
      host.warn?.(
        `repository "${url}" has the identity of "${other.url}": it is the same by another address, or a copy`,
      );
      return;
    }
  }
  await catalog.repositories.set({ url, ...marker });
}

async function isThere(
  { host }: ServiceContext,
  {
    url,
    identity,
    container,
  }: { readonly url: string; readonly identity: string; readonly container: string },
): Promise<boolean> {
  try {
    return (await readMarker(await host.openRepository(url), container)) === identity;
  } catch (error) {
    // A server that does not answer may still have it.
    if (isAshlarError(error, "storage")) return true;
    throw error;
  }
}

/** Backups that are available have followed when they were found; those that failed to be made or deleted follow here. */
async function move({ catalog }: ServiceContext, from: string, to: string): Promise<void> {
  await catalog.transaction(async ({ backups, repositories, history }) => {
    for (const status of ["error", "error_deleting"] as const)
      for (const { id } of await backups.list({ repository: from, status }))
        await backups.update(id, { repository: to });
    await repositories.remove(from);
    await history.move(from, to);
  });
}
