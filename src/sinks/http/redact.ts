/**
 * What may be said of a request. Messages end up in logs, in the catalog and on terminals, so they name a URL without
 * its query, which may hold a signature, and without user and password; headers are never said.
 */

/** `url` without user, password, query and fragment. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return url.replace(/[?#].*$/s, "").replace(/\/\/[^/]*@/, "//");
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** `text` with every occurrence of the secrets replaced. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== "")
    .reduce((redacted, secret) => redacted.replaceAll(secret, "***"), text);
}
