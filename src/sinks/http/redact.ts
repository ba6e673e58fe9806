/**
 * Removes secrets from URLs in messages. Messages end up in logs, in the catalog and on terminals, so they name a URL
 * without its query, which may hold a signature, and without user and password; headers are never printed.
 */

/** `url` without user, password, query and fragment. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return url.replace(/[?#].*$/s, "").replace(/\/\/.*@/s, "//");
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
