/** `Retry-After`: a number of seconds or a date (RFC 9110, section 10.2.3). */

/** Milliseconds from `now` on; `undefined` without the header, or for one that says nothing that can be understood. */
export function retryAfterMs(headers: Readonly<Record<string, string>>, now: Date): number | undefined {
  const text = headers["retry-after"]?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^[0-9]+$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
