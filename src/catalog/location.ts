/** URLs of catalogs in PostgreSQL: `postgresql://USER@HOST:PORT/DATABASE?sslmode=…`. */
import { UsageError } from "../errors.js";
import { Secret } from "../options/secret.js";

export interface CatalogLocation {
  /** As given, with a password if it has one. */
  readonly url: Secret;
  /** Without user, password and parameters, for messages. */
  readonly shown: string;
  readonly hasPassword: boolean;
}

/** @throws UsageError with the wanted form */
export function catalogLocation(text: string): CatalogLocation {
  const [, rest = ""] = /^postgres(?:ql)?:\/\/(.*)$/.exec(text) ?? [];
  const [place = "", query = ""] = rest.split("?");
  const user = place.lastIndexOf("@");
  const address = place.slice(user + 1);
  if (!URL.canParse(text) || !/^[^/]*\/[^/]+$/.test(address))
    throw new UsageError("want postgresql://USER@HOST:PORT/DATABASE");
  const hasPassword = place.slice(0, user + 1).includes(":") || /(^|&)password=/.test(query);
  return { url: new Secret(text), shown: `postgresql://${address}`, hasPassword };
}
