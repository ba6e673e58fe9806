import { UsageError } from "../../errors.js";
import type { PathHost } from "../driver.js";

/**
 * The URL of the repository that the user names by a `file:` URL or a path. One directory has one URL, however it is
 * written, because the catalog looks up the parents of incrementals by it.
 * @throws UsageError for a URL of another kind
 */
export function repositoryUrl(text: string, host: PathHost): string {
  const isUrl = /^file:/i.test(text) || /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  return host.fileUrl(isUrl ? pathOf(text) : text);
}

function pathOf(text: string): string {
  const url = /^file:\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  const path = url && decode(url.pathname);
  if (url === undefined || path === undefined || url.host !== "" || url.search !== "" || url.hash !== "") {
    throw new UsageError(`Cannot use repository "${text}": want a path or a URL of the form file:///path`);
  }
  return path;
}

/** `undefined` where a percent sign begins no escape. */
function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
