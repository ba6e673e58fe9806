/** The sources of values, in order of precedence: flags, environment, configuration file. */

import { UsageError } from "../errors.js";
import type { Given } from "../options/option.js";
import { shownValue } from "../options/secret.js";
import { suggestion } from "../options/suggestion.js";
import type { SettingsHost } from "./host.js";
import { isSecret, OPTION_NAMES, optionNamed } from "./options.js";

export interface OptionSource {
  /** This source's value for `name`, an option or a global flag in the form `state_dir`. */
  get(name: string): Given | undefined;
}

/** The value for `name` in the first source that has one. */
export function first(sources: readonly OptionSource[], name: string): Given | undefined {
  for (const source of sources) {
    const given = source.get(name);
    if (given !== undefined) return given;
  }
  return undefined;
}

const PREFIX = "ASHLAR_";

export function environmentName(name: string): string {
  return PREFIX + name.toUpperCase();
}

/** Global flags (`--state-dir`) by name, and options given as `--option NAME=VALUE`, of which the last counts. */
export function flagSource(
  flags: Readonly<Record<string, string | undefined>>,
  pairs: readonly string[] = [],
): OptionSource {
  const options = new Map(pairs.map(splitPair));
  return {
    get(name) {
      const option = options.get(name);
      if (option !== undefined) return { text: option, origin: "--option" };
      const text = flags[name];
      const origin = `--${name.replaceAll("_", "-")}`;
      if (text === "") throw new UsageError(`Cannot use ${origin} "": want a value`);
      return text === undefined ? undefined : { text, origin };
    },
  };
}

function splitPair(pair: string): [name: string, value: string] {
  const separator = pair.indexOf("=");
  if (separator < 1) throw new UsageError(`Cannot use --option "${shownValue(pair)}": want NAME=VALUE`);
  const name = pair.slice(0, separator);
  if (optionNamed(name) === undefined) {
    throw new UsageError(`Cannot set option "${name}": there is none${suggestion(name, OPTION_NAMES)}`);
  }
  if (isSecret(name)) {
    throw new UsageError(
      `Cannot set ${name} by --option: others can read the command line; use ${environmentName(name)} or a configuration file`,
    );
  }
  return [name, pair.slice(separator + 1)];
}

/** The `ASHLAR_` variables. An empty variable counts as not set. */
export function environmentSource(environment: SettingsHost["environment"]): OptionSource {
  return {
    get(name) {
      const origin = environmentName(name);
      const text = environment[origin];
      return text === undefined || text === "" ? undefined : { text, origin };
    },
  };
}

/** Warnings about variables that look like options and are none: otherwise a typing mistake would go unnoticed. */
export function strangeVariables(environment: SettingsHost["environment"]): string[] {
  const known = OPTION_NAMES.map(environmentName);
  return Object.keys(environment)
    .filter(
      (name) => name.startsWith(`${PREFIX}BACKUP_`) && environment[name] !== "" && !known.includes(name),
    )
    .sort()
    .map((name) => `${name} is not an option and is ignored${suggestion(name, known)}`);
}
