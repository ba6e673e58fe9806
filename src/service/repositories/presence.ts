/**
 * Checks that a repository is the one that holds the catalog's backups. An empty mount point looks like an empty
 * repository, and another bucket like another repository; so before anything is stored or removed, one of the backups
 * that the catalog has there must be found.
 */
import { NotFoundError } from "../../errors.js";
import type { ServiceContext } from "../context.js";

/** Backups to look for, the newest first, before the repository counts as missing. */
const WITNESSES_MAX = 5;

/**
 * If the catalog has no available backup in the repository there is nothing to compare, and any repository is accepted.
 * @throws NotFoundError when none of the backups that the catalog has there is found
 */
export async function requirePresent({ catalog, host }: ServiceContext, repository: string): Promise<void> {
  const witnesses = await catalog.backups.list({ repository, status: "available" }, { limit: WITNESSES_MAX });
  const sink = await host.openRepository(repository);
  let looked = 0;
  for (const { container, serviceMetadata: prefix } of witnesses) {
    if (container === null || prefix === null) continue;
    looked++;
    for await (const _ of sink.list(container, prefix)) return;
  }
  if (looked === 0) return;
  throw new NotFoundError(
    `Cannot use repository "${repository}": none of the backups that the catalog has there is found; ` +
      "mount it or check its address; use `ashlar repository scan` if it has moved, or delete them with --force if they are lost",
  );
}
