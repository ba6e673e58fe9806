/** Preconditions of requests for content that never changes (RFC 9110 §13). */

export interface Validators {
  /** A strong entity tag, including its quotes. */
  readonly etag: string;
  /** In whole seconds; `undefined` if not known. */
  readonly lastModified: Date | undefined;
}

/** 412 or 304 if a precondition demands it, evaluated in the order of §13.2.2; otherwise `undefined`. */
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

/** Whether a range may be served instead of the whole: there is no `If-Range`, or it matches the validators. */
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

/** `undefined` if there is nothing to compare: an invalid date must be ignored. */
function isAfter(timeMs: number | undefined, date: string | null): boolean | undefined {
  const otherMs = Date.parse(date ?? "");
  return timeMs === undefined || Number.isNaN(otherMs) ? undefined : timeMs > otherMs;
}
