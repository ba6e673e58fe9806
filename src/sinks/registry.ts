/** The kinds of sinks. To add one, add a folder and a line here. */
import { UsageError } from "../errors.js";
import { type Option, optionsIn } from "../options/option.js";
import type { AnySinkDefinition } from "./definition.js";
import { gcs } from "./gcs/definition.js";
import { posix } from "./posix/definition.js";
import { s3 } from "./s3/definition.js";
import { glusterfs, nfs } from "./share/definition.js";
import { swift } from "./swift/definition.js";

export const SINKS: readonly AnySinkDefinition[] = [posix, nfs, glusterfs, swift, s3, gcs];

/** Every store's options by name; an option that several stores have is the same in all. */
export const STORE_OPTIONS: Readonly<Record<string, Option<unknown>>> = Object.fromEntries(
  SINKS.flatMap(({ options }) => optionsIn(options)),
);

/** Finds a kind by its driver class, that class's module, or its short name. @throws UsageError if there is none */
export function sinkNamed(text: string): AnySinkDefinition {
  const found = SINKS.find(
    ({ name, service }) => text === name || text === service || text === service.replace(/\.[^.]*$/, ""),
  );
  if (found !== undefined) return found;
  const names = SINKS.map(({ name, service }) => `${name} (${service})`).join(", ");
  throw new UsageError(`want one of ${names}`);
}

/** Finds a kind by a repository's URL; a path is a directory's. @throws UsageError for an unknown scheme */
export function sinkOfUrl(text: string): AnySinkDefinition {
  const scheme = /^([a-z][a-z0-9+.-]*:)\/\//i.exec(text)?.[1]?.toLowerCase() ?? "file:";
  const found = SINKS.find(({ schemes }) => schemes.includes(scheme));
  if (found !== undefined) return found;
  const forms = SINKS.flatMap(({ schemes }) => schemes).map((each) => `${each}//`);
  // The message names the scheme only: the rest may hold a password.
  throw new UsageError(
    `Cannot use a repository with ${scheme}//: want a path, or a URL that begins with one of ${forms.join(", ")}`,
  );
}
