/** The service's own places: its state directory and repositories in directories, which no volume may be written to. */
import type { BackupRow } from "../../catalog/backups.js";
import { InvalidStateError } from "../../errors.js";
import { pathOfFileUrl } from "../../sinks/posix/url.js";
import type { ServiceContext } from "../context.js";
import { volumeDirectory } from "./volumes.js";

/** @throws InvalidStateError for a path, by whatever links, in the state directory or in a repository of the backup */
export async function checkNotOwn(
  context: ServiceContext,
  { repository }: BackupRow,
  path: string,
): Promise<void> {
  const { host, settings } = context;
  const real = await host.realPath(path);
  const volumes = await host.realPath(volumeDirectory(context));
  if (isInside(real, volumes)) return;
  const places = [
    ["state directory", host.resolvePath(settings.stateDirectory)] as const,
    ...[settings.repository, repository].filter(isDirectory).map((url) => ["repository", url] as const),
  ];
  for (const [kind, place] of places) {
    const directory = await host.realPath(isDirectory(place) ? pathOfFileUrl(place) : place);
    if (!isInside(real, directory)) continue;
    throw new InvalidStateError(
      `Cannot restore into "${path}": it is in the ${kind} "${directory}", whose files are Ashlar's own; choose another path`,
    );
  }
}

function isDirectory(url: string): boolean {
  return url.startsWith("file:");
}

function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith("/") ? directory : `${directory}/`);
}
