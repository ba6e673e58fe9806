/**
 * Configuration files: complete files of the reference system. Only `[DEFAULT]` and the options of notifications are
 * read, and only known options are used, so any `cinder.conf` will do.
 */
import { UsageError } from "../errors.js";
import type { Given } from "../options/option.js";
import { suggestion } from "../options/suggestion.js";
import { CINDER_OPTIONS } from "./cinder-options.js";
import type { SettingsHost } from "./host.js";
import type { OptionSource } from "./option-sources.js";
import { isSecret, OPTION_NAMES, optionNamed } from "./options.js";
import { DEFAULT_SECTION, type OsloSections, parseOsloFile, sectionName } from "./oslo-file.js";

const NOTIFICATIONS = "oslo_messaging_notifications";

export interface ConfigFile extends OptionSource {
  /** Sentences about names that look like options and are none. */
  readonly warnings: readonly string[];
}

/** @throws UsageError when the file cannot be read, or is not in oslo.config's format */
export async function readConfigFile(
  path: string | undefined,
  host: Pick<SettingsHost, "readTextFile">,
): Promise<ConfigFile> {
  if (path === undefined) return { get: () => undefined, warnings: [] };
  let content: string;
  try {
    content = await host.readTextFile(path);
  } catch (cause) {
    throw new UsageError(
      `Cannot read configuration file "${path}": want a file that exists and can be read`,
      { cause },
    );
  }
  const sections = sectionsOf(content, path);
  return { get: (name) => givenIn(sections, name, path), warnings: warningsOf(sections, path) };
}

function sectionsOf(content: string, path: string): OsloSections {
  try {
    return parseOsloFile(content);
  } catch (error) {
    throw new UsageError(`Cannot read configuration file "${path}": ${(error as Error).message}`);
  }
}

/** `driver` of `[oslo_messaging_notifications]` is `notification_driver` everywhere else. */
function writtenIn(sections: OsloSections, name: string): string | undefined {
  const [, own] = /^notification_(.*)$/.exec(name) ?? [];
  const ofNotifications = own === undefined ? undefined : sections.get(NOTIFICATIONS)?.get(own);
  return sections.get(DEFAULT_SECTION)?.get(name) ?? ofNotifications;
}

function givenIn(sections: OsloSections, name: string, origin: string): Given | undefined {
  const option = optionNamed(name);
  // Only options: a state directory in another program's configuration would not be ours.
  if (option === undefined) return undefined;
  const written = writtenIn(sections, name);
  if (written === undefined) return undefined;
  const refuse = (wanted: string): UsageError => {
    const shown = option.isSecret ? "" : ` "${written}"`;
    return new UsageError(`Cannot use ${name}${shown} (${origin}): ${wanted}`);
  };
  if (written === "") {
    // An empty text means that there is no value.
    if (typeof option.default === "number" || typeof option.default === "boolean")
      throw refuse("want a value");
    return undefined;
  }
  const text = new References(sections, option.isSecret === true).replacedIn(written, refuse);
  return { text, origin, written };
}

/** The reference system's fallback for the one name that its own defaults and samples refer to. */
const STATE_PATH = "/var/lib/cinder";
const DEPTH_MAX = 8;
const REFERENCE = /\\\$|\$\$|\$([_a-z][._a-z0-9]*)|\$\{([_a-z][._a-z0-9]*)\}/gi;
/** Names of secrets among other programs' options in the same file. */
const SECRET_NAME = /(password|secret|token|_key)$/i;

/**
 * Replaces `$name` and `${name}` by the file's values, and `$$` and `\$` by a dollar sign, as oslo.config does: the
 * reference system's documentation shows `backup_posix_path = $state_path/backup`.
 */
class References {
  readonly #sections: OsloSections;
  readonly #isOfSecret: boolean;

  constructor(sections: OsloSections, isOfSecret: boolean) {
    this.#sections = sections;
    this.#isOfSecret = isOfSecret;
  }

  /** @throws the error from `refuse`, for a name without a value, or that of a secret if the value may be printed */
  replacedIn(text: string, refuse: (wanted: string) => UsageError, depth = 0): string {
    return text.replaceAll(REFERENCE, (reference, plain?: string, braced?: string) => {
      const name = plain ?? braced;
      if (name === undefined) return "$";
      const value = this.#valueOf(name);
      // An apparent reference may be part of a password.
      const shown = this.#isOfSecret ? "a reference" : `"${reference}"`;
      if (value === undefined) throw refuse(`${shown} in it has no value; write $$ for a dollar sign`);
      if (depth === DEPTH_MAX) throw refuse(`${shown} in it refers to itself`);
      if (!this.#isOfSecret && (isSecret(name) || SECRET_NAME.test(name)))
        throw refuse(`${shown} in it is a secret, which this option would show`);
      return this.replacedIn(value, refuse, depth + 1);
    });
  }

  /** The value in `[DEFAULT]`, or in the section that `section.name` names. */
  #valueOf(name: string): string | undefined {
    const [, section = DEFAULT_SECTION, own = name] = /^([^.]+)\.(.+)$/.exec(name) ?? [];
    const written = this.#sections.get(sectionName(section))?.get(own);
    return written ?? (name === "state_path" ? STATE_PATH : undefined);
  }
}

function warningsOf(sections: OsloSections, path: string): string[] {
  const names = [...(sections.get(DEFAULT_SECTION)?.keys() ?? [])];
  const misspelt = names
    .filter((name) => /^backup[-_]/i.test(name) && optionNamed(name) === undefined)
    .filter((name) => !CINDER_OPTIONS.some((pattern) => pattern.test(name)))
    .map((name) => `${name} in "${path}" is not an option and is ignored${suggestion(name, OPTION_NAMES)}`);
  const isMisplaced = [...(sections.get("default")?.keys() ?? [])].some((name) => optionNamed(name));
  return isMisplaced
    ? [...misspelt, `section [default] in "${path}" is ignored, as it is by Cinder; did you mean [DEFAULT]?`]
    : misspelt;
}
