/** URLs of catalogs in PostgreSQL: `postgres://USER@HOST:PORT/DATABASE?sslmode=…`. */
import { UsageError } from "../../errors.js";
import type { Secret } from "../../options/secret.js";

export interface PostgresLocation {
  /** As given, with a password if it has one. */
  readonly url: Secret;
  /** Without a password and without parameters, for messages. */
  readonly shown: string;
}

/** @throws UsageError */
export function postgresLocation(url: Secret): PostgresLocation {
  const text = url.reveal();
  const [, rest = ""] = /^postgres(?:ql)?:\/\/(.*)$/.exec(text) ?? [];
  const [place = ""] = rest.split("?");
  const address = place.slice(place.lastIndexOf("@") + 1);
  const database = /^[^/]*\/([^/]+)$/.exec(address)?.[1];
  if (!URL.canParse(text) || database === undefined)
    throw new UsageError(
      `Cannot use catalog "postgres://${address}": want postgres://USER@HOST:PORT/DATABASE`,
    );
  return { url, shown: `postgres://${address}` };
}
