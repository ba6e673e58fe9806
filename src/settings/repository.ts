/** Resolves the repository: from its URL, from its driver and the driver's options, or from the directory's option. */

import type { OptionReader } from "../options/option.js";
import type { AnySinkDefinition } from "../sinks/definition.js";
import { posix } from "../sinks/posix/definition.js";
import { sinkOfUrl } from "../sinks/registry.js";
import type { SettingsHost } from "./host.js";
import type { OptionSource } from "./option-sources.js";

export interface ResolvedRepository {
  readonly definition: AnySinkDefinition;
  /** The values of the definition's options. */
  readonly values: object;
  /** `undefined` if no source names a repository. */
  readonly url: string | undefined;
}

/**
 * The repository of the first source that names one, by its URL or else by its driver; a directory may be named by its
 * option alone.
 * @param named the value of `backup_driver`, or its default
 */
export function resolveRepository(
  sources: readonly OptionSource[],
  { named, options, host }: RepositoryContext,
): ResolvedRepository {
  const { definition, url } = firstNamed(sources, named);
  const values: object = options.valuesOf(definition.options);
  return { definition, values, url: definition.locate(url, values, host) };
}

export interface RepositoryContext {
  readonly named: AnySinkDefinition;
  readonly options: OptionReader;
  readonly host: Pick<SettingsHost, "fileUrl">;
}

interface NamedRepository {
  readonly definition: AnySinkDefinition;
  readonly url: string | undefined;
}

function firstNamed(sources: readonly OptionSource[], named: AnySinkDefinition): NamedRepository {
  const urls = sources.map((source) => source.get("repository")?.text);
  for (const [i, source] of sources.entries()) {
    const url = urls[i];
    if (url !== undefined) return { definition: sinkOfUrl(url), url };
    const path = source.get("backup_posix_path");
    if (named.name === posix.name && path !== undefined && path.text !== "") break;
    if (source.get("backup_driver") === undefined) continue;
    // The driver may come from one source and the URL from a later one, as long as they are of the same kind.
    const farther = urls.find((each) => each !== undefined && sinkOfUrl(each) === named);
    return { definition: named, url: farther };
  }
  return { definition: named, url: undefined };
}
