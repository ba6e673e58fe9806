/** The service's own files, into which no volume may be written: the catalog, and repositories in directories. */
import type { BackupRow } from "../../catalog/backups.js";
import { InvalidStateError } from "../../errors.js";
import { pathOfFileUrl } from "../../sinks/posix/url.js";
import type { ServiceContext } from "../context.js";

/** Files in the state directory: the catalog, with those that SQLite makes beside it, and the locks of processes. */
const STATE_FILES: readonly string[] = [
  "catalog.sqlite",
  ...["-wal", "-shm", "-journal"].map((suffix) => `catalog.sqlite${suffix}`),
  "processes",
];

/** @throws InvalidStateError for a path, by whatever links, of the catalog or in a repository of the backup */
export async function checkNotOwn(
  { host, settings }: ServiceContext,
  { repository }: BackupRow,
  path: string,
): Promise<void> {
  const state = host.resolvePath(settings.stateDirectory);
  const repositories = [settings.repository, repository].filter(isDirectory).map(pathOfFileUrl);
  const real = await host.realPath(path);
  for (const own of [...STATE_FILES.map((name) => `${state}/${name}`), ...repositories]) {
    const realOwn = await host.realPath(own);
    if (!isInside(real, realOwn)) continue;
    const kind = repositories.includes(own) ? "is in the repository" : "belongs to the catalog,";
    throw new InvalidStateError(
      `Cannot restore into "${path}": it ${kind} "${realOwn}"; choose another path`,
    );
  }
}

function isDirectory(url: string): boolean {
  return url.startsWith("file:");
}

function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith("/") ? directory : `${directory}/`);
}
