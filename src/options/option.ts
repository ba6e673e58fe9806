/** Options by Cinder's names: one table for the service, one for each store, and the parsing of their texts. */
import { UsageError } from "../errors.js";
import { shownValue } from "./secret.js";

export interface Option<T> {
  readonly help: string;
  readonly default: T;
  /** The default as help and documents print it. @default {its text; nothing for `undefined`} */
  readonly defaultText?: string;
  /** A secret is rejected on the command line, which other users can read, and is never printed. */
  readonly isSecret?: boolean;
  /** @throws UsageError with the wanted form; the caller adds the option's name and the value's origin */
  parse(text: string): T;
}

/** The options whose values are the members of `Values`, by name. */
export type OptionTable<Values> = { readonly [Name in keyof Values]: Option<Values[Name]> };

/** A text that a user gave for an option, and its origin: `--option`, `ASHLAR_BACKUP_FILE_SIZE`, `/etc/cinder.conf`. */
export interface Given {
  readonly text: string;
  readonly origin: string;
  /** The text before references in it were replaced. @default {text} */
  readonly written?: string;
}

export type Lookup = (name: string) => Given | undefined;

export function defaultTextOf({ default: usual, defaultText }: Option<unknown>): string | undefined {
  return defaultText ?? (usual === undefined ? undefined : String(usual));
}

export function optionsIn<Values>(table: OptionTable<Values>): [name: string, option: Option<unknown>][] {
  return Object.entries<Option<unknown>>(table);
}

/**
 * The value of every option in the table: the given one, else its default. An empty text overrides a value of lower
 * precedence with the default.
 * @throws UsageError for the first text that is not accepted
 */
function parseOptions<Values>(table: OptionTable<Values>, given: Lookup): Values {
  const values = optionsIn(table).map(([name, option]) => [name, parseGiven(name, option, given(name))]);
  return Object.fromEntries(values) as Values;
}

/** @throws UsageError that names the option, the text unless it is a secret, its origin, and the accepted values */
function parseGiven<T>(name: string, option: Option<T>, given: Given | undefined): T {
  if (given === undefined || given.text === "") return option.default;
  try {
    return option.parse(given.text);
  } catch (error) {
    throw refusal(name, option, given, (error as Error).message);
  }
}

function refusal(name: string, { isSecret }: Option<unknown>, given: Given, wanted: string): UsageError {
  const shown = isSecret ? "" : ` "${shownValue(given.written ?? given.text)}"`;
  return new UsageError(`Cannot use ${name}${shown} (${given.origin}): ${wanted}`);
}

/** The values of options, by table. A table is parsed on first use, and only once. */
export class OptionReader {
  readonly #given: Lookup;
  readonly #values = new Map<object, unknown>();

  constructor(given: Lookup) {
    this.#given = given;
  }

  /** @throws UsageError for a text that is not accepted */
  valuesOf<Values>(table: OptionTable<Values>): Values {
    if (!this.#values.has(table)) this.#values.set(table, parseOptions(table, this.#given));
    return this.#values.get(table) as Values;
  }
}
