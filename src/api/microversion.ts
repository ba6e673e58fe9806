/** Microversions: which one a request is answered in. */
import { badRequest, Fault } from "./faults.js";

/** The minor number of 3.N. */
export type Microversion = number;

export const MICROVERSION_MAX: Microversion = 71;
const MAJOR = 3;
const SERVICE = "volume";
export const VERSION_HEADER = "OpenStack-API-Version";

/** @param header of the request; several services may share it. @throws Fault 400 or 406 */
export function negotiate(header: string | null): Microversion {
  const entries = (header ?? "").split(",").map((entry) => entry.trim().split(/\s+/));
  const wanted = entries.find(([service]) => service === SERVICE)?.[1];
  if (wanted === undefined) return 0;
  if (wanted === "latest") return MICROVERSION_MAX;
  const [, major, minor] = /^([1-9]\d{0,3})\.(0|[1-9]\d{0,8})$/.exec(wanted) ?? [];
  if (major === undefined || minor === undefined)
    throw badRequest(
      `API Version String ${wanted} is of invalid format. Must be of format MajorNum.MinorNum.`,
    );
  if (Number(major) === MAJOR && Number(minor) <= MICROVERSION_MAX) return Number(minor);
  throw new Fault(
    406,
    `Version ${wanted} is not supported by the API. Minimum is ${MAJOR}.0 and maximum is ${MAJOR}.${MICROVERSION_MAX}.`,
  );
}

export function versionText(version: Microversion): string {
  return `${SERVICE} ${MAJOR}.${version}`;
}
