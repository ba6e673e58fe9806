/** The preconditions of a request for what never changes (RFC 9110 §13). */

export interface Validators {
  /** Strong, in its quotes. */
  readonly etag: string;
  /** To the second; `undefined` where it is not known. */
  readonly lastModified: Date | undefined;
}

/** 412 or 304 where a precondition says so, in the order that §13.2.2 gives. */
export function preconditionStatus(
  headers: Headers,
  { etag, lastModified }: Validators,
): 304 | 412 | undefined {
  const ifMatch = headers.get("if-match");
  const modifiedMs = lastModified?.getTime();
  if (ifMatch !== null) {
    if (!isListed(etag, ifMatch, { isWeakOk: false })) return 412;
  } else if (isAfter(modifiedMs, headers.get("if-unmodified-since")) === true) return 412;
  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch !== null) return isListed(etag, ifNoneMatch, { isWeakOk: true }) ? 304 : undefined;
  return isAfter(modifiedMs, headers.get("if-modified-since")) === false ? 304 : undefined;
}

/** Whether a range may be served, and not the whole instead: `If-Range` is not there, or names what we have. */
export function isRangeValid(headers: Headers, { etag, lastModified }: Validators): boolean {
  const ifRange = headers.get("if-range");
  if (ifRange === null) return true;
  if (ifRange.startsWith('"')) return ifRange === etag;
  return lastModified !== undefined && Date.parse(ifRange) === lastModified.getTime();
}

function isListed(etag: string, list: string, { isWeakOk }: { readonly isWeakOk: boolean }): boolean {
  if (list.trim() === "*") return true;
  const tags = list.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => tag === etag || (isWeakOk && tag === `W/${etag}`));
}

/** `undefined` where there is nothing to compare: a date that cannot be read is to be ignored. */
function isAfter(timeMs: number | undefined, date: string | null): boolean | undefined {
  const otherMs = Date.parse(date ?? "");
  return timeMs === undefined || Number.isNaN(otherMs) ? undefined : timeMs > otherMs;
}
