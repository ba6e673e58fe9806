import { UsageError } from "../../errors.js";
import { shownValue } from "../../options/secret.js";
import type { PathHost } from "../host.js";

/**
 * The URL of the repository that the user names by a `file:` URL or a path. One directory has one URL, however it is
 * written, because the catalog looks up the parents of incrementals by it.
 * @throws UsageError for a URL of another kind, and for a path that is one by mistake
 */
export function canonicalFileUrl(text: string, paths: PathHost): string {
  return isUrl(text) ? paths.fileUrl(pathOfFileUrl(text)) : fileUrlOfPath(text, paths);
}

/** @throws UsageError for a path that is one by mistake */
export function fileUrlOfPath(path: string, paths: PathHost): string {
  checkPath(path);
  return paths.fileUrl(path);
}

function isUrl(text: string): boolean {
  return /^file:/i.test(text) || /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

/**
 * Paths that no shell has completed (`--repository=~/x`), and names of stores without their slashes (`s3:bucket`), would
 * make directories here.
 */
function checkPath(text: string): void {
  const shown = shownValue(text);
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

/** `undefined` where a percent sign begins no escape, or escapes what no path can hold in one name. */
function decode(path: string): string | undefined {
  try {
    return /%2f|%00/i.test(path) ? undefined : decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
