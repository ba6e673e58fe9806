/** Which repository is meant: by its URL, by its driver and the driver's options, or by the directory's option. */

import { UsageError } from "../errors.js";
import type { Driver, OptionLookup } from "../sinks/driver.js";
import { posixDriver } from "../sinks/posix/options.js";
import { DRIVER_OPTIONS, driverOfUrl } from "../sinks/registry.js";
import type { SettingsHost } from "./host.js";
import { first, type Layer } from "./layers.js";
import type { Given } from "./options.js";

export interface ResolvedRepository {
  readonly driver: Driver;
  /** `undefined` where nothing names one. */
  readonly url: string | undefined;
  /** The driver's options. @throws UsageError for a value that cannot be accepted */
  readonly lookup: OptionLookup;
}

/**
 * The nearest place that names a repository counts, by its URL or else by its driver; a directory may be named by its
 * option alone.
 * @param named what `backup_driver` says, or its default
 */
export function resolveRepository(
  layers: readonly Layer[],
  named: Driver,
  host: Pick<SettingsHost, "fileUrl">,
): ResolvedRepository {
  const { driver, url } = nearest(layers, named);
  const lookup = lookupIn(layers, driver);
  // Also those that are not needed yet: what is wrong is said before anything is opened.
  for (const name of Object.keys(driver.options)) lookup(name);
  return { driver, url: driver.repository(url, lookup, host), lookup };
}

function nearest(layers: readonly Layer[], named: Driver): { driver: Driver; url: string | undefined } {
  const urls = layers.map((layer) => layer.get("repository")?.text);
  for (const [i, layer] of layers.entries()) {
    const url = urls[i];
    if (url !== undefined) return { driver: driverOfUrl(url), url };
    const path = layer.get("backup_posix_path");
    if (named === posixDriver && path !== undefined && path.text !== "") break;
    if (layer.get("backup_driver") === undefined) continue;
    // A driver may be named near and its repository far, as long as they are of a kind.
    const farther = urls.find((each) => each !== undefined && driverOfUrl(each) === named);
    return { driver: named, url: farther };
  }
  return { driver: named, url: undefined };
}

function lookupIn(layers: readonly Layer[], driver: Driver): OptionLookup {
  return (name) => {
    const option = driver.options[name];
    const given = first(layers, name);
    // `--option backup_container=` takes back what the environment or the file says.
    if (given === undefined || given.text === "") return option?.default;
    check(name, given);
    return given.text;
  };
}

function check(name: string, { text, origin }: Given): void {
  const option = DRIVER_OPTIONS[name];
  try {
    option?.check?.(text);
  } catch (error) {
    const shown = option?.isSecret ? "" : ` "${text}"`;
    throw new UsageError(`Cannot use ${name}${shown} (${origin}): ${(error as Error).message}`);
  }
}

/** What was given of the options of all drivers, for backups may be in other repositories than new ones go to. */
export function driverOptions(layers: readonly Layer[]): Readonly<Record<string, string>> {
  const given = Object.keys(DRIVER_OPTIONS).map((name) => [name, first(layers, name)?.text] as const);
  return Object.fromEntries(given.filter((pair): pair is [string, string] => (pair[1] ?? "") !== ""));
}
