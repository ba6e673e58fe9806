/** Access to images: requests must have the token, if there is one. */
import { toUtf8 } from "../bytes.js";

/**
 * Whether the request has the token: as `Authorization: Bearer TOKEN`, or as the password of `Basic` with any user, for
 * tools that only support users and passwords.
 */
export function hasToken(request: Request, token: string): boolean {
  const [, scheme = "", credentials = ""] =
    /^(\S+) +(\S+)$/.exec(request.headers.get("authorization") ?? "") ?? [];
  switch (scheme.toLowerCase()) {
    case "bearer":
      return isSame(toUtf8(credentials), toUtf8(token));
    case "basic":
      return isSame(passwordIn(credentials), toUtf8(token));
    default:
      return false;
  }
}

function passwordIn(credentials: string): Uint8Array {
  try {
    const bytes = Uint8Array.from(atob(credentials), (character) => character.charCodeAt(0));
    const colon = bytes.indexOf(0x3a);
    return colon === -1 ? new Uint8Array(0) : bytes.subarray(colon + 1);
  } catch {
    return new Uint8Array(0);
  }
}

/** Compares in a time that does not depend on where they differ. An empty token never matches. */
function isSame(given: Uint8Array, wanted: Uint8Array): boolean {
  let difference = given.length === wanted.length && wanted.length > 0 ? 0 : 1;
  for (let i = 0; i < wanted.length; i++) difference |= (given[i] ?? 0) ^ wanted[i]!;
  return difference === 0;
}
