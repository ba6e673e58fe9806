import { UsageError } from "../../errors.js";
import { shownValue } from "../../options/secret.js";
import type { PathHost } from "../host.js";

/**
 * The canonical URL of a repository that is named by a `file:` URL or a path. Each directory has one URL, however the
 * user writes it, because the catalog looks up the parents of incrementals by URL.
 * @throws UsageError for another kind of URL, and for a path that is probably a mistake
 */
export function canonicalFileUrl(text: string, paths: PathHost): string {
  return isUrl(text) ? paths.fileUrl(pathOfFileUrl(text)) : fileUrlOfPath(text, paths);
}

/** @throws UsageError for a path that is probably a mistake */
export function fileUrlOfPath(path: string, paths: PathHost): string {
  checkPath(path);
  return paths.fileUrl(path);
}

function isUrl(text: string): boolean {
  return /^file:/i.test(text) || /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

/**
 * Refuses paths that the shell did not expand (`--repository=~/x`) and names of stores without slashes (`s3:bucket`),
 * which would create directories here.
 */
function checkPath(text: string): void {
  const shown = shownValue(text);
  // An empty path would be the working directory.
  if (text === "") throw new UsageError('Cannot use repository "": want a path or a URL');
  const refuse = (wanted: string): UsageError =>
    new UsageError(`Cannot use repository "${shown}": want ${wanted}`);
  if (text.startsWith("~")) {
    throw refuse(`a whole path, because the shell has left ~ as it is, or ./${shown} for a directory here`);
  }
  const [, store] = /^([^/.][^/]*?):/.exec(text) ?? [];
  if (store !== undefined) {
    throw refuse(`a URL with ${shownValue(store)}://, or ./${shown} for a directory here`);
  }
}

/** The path in a `file:` URL. @throws UsageError for a URL that names another host, or more than a path */
export function pathOfFileUrl(text: string): string {
  const url = /^file:\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  const path = url && decode(url.pathname);
  if (url === undefined || path === undefined || url.host !== "" || url.search !== "" || url.hash !== "") {
    throw new UsageError(
      `Cannot use repository "${shownValue(text)}": want a path or a URL of the form file:///path`,
    );
  }
  return path;
}

/** `undefined` if a percent sign does not begin a valid escape, or escapes a slash or a NUL. */
function decode(path: string): string | undefined {
  try {
    return /%2f|%00/i.test(path) ? undefined : decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
