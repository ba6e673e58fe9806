/**
 * Refuses changes that a page of another site asks for. A browser sends such a request without asking first if it looks
 * like that of a form, and without authentication (`noauth` on a loopback address) it would be carried out.
 */
import { Fault } from "./faults.js";

/** @throws Fault 403 */
export function requireOwnSite({ method, headers }: Request): void {
  if (method === "GET" || method === "HEAD") return;
  const site = headers.get("Sec-Fetch-Site");
  if (site === null || site === "same-origin" || site === "none") return;
  throw new Fault(403, "Requests of other sites' pages that change something are refused.");
}
