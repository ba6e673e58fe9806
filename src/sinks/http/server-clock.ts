/** Milliseconds that the server's clock is ahead of ours, by the answer's `Date`, accurate to about a second. */
export function clockAheadMs(headers: Readonly<Record<string, string>>, now: Date): number | undefined {
  const at = Date.parse(headers.date ?? "");
  return Number.isNaN(at) ? undefined : at - now.getTime();
}
