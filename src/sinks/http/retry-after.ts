/** `Retry-After`: a number of seconds or a date (RFC 9110, section 10.2.3). */

/** Milliseconds from now; a date counts from the answer's `Date` if it has one. `undefined` without a valid header. */
export function retryAfterMs(headers: Readonly<Record<string, string>>, now: Date): number | undefined {
  const text = headers["retry-after"]?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^[0-9]+$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  if (Number.isNaN(at)) return undefined;
  // By the server's own clock, because ours may be wrong.
  const from = Date.parse(headers.date ?? "");
  return Math.max(0, at - (Number.isNaN(from) ? now.getTime() : from));
}

/** The end of an error's message, if the server asks for a wait. */
export function retryAdvice(wantedMs: number | undefined): string {
  if (wantedMs === undefined || wantedMs === 0) return "";
  return `; the server asks to try again in ${Math.ceil(wantedMs / 1000)} seconds`;
}
