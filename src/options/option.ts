/** Options by Cinder's names: one table of them for the service, one for each store, and how their texts become values. */
import { UsageError } from "../errors.js";
import { shownValue } from "./secret.js";

export interface Option<T> {
  readonly help: string;
  readonly default: T;
  /** How help and documents print the default. @default {its text; nothing for `undefined`} */
  readonly defaultText?: string;
  /** A secret is refused on the command line, which other users can read, and is never printed. */
  readonly isSecret?: boolean;
  /** @throws UsageError that says what is wanted; the caller names the option and the value's origin */
  parse(text: string): T;
}

/** The options whose values are the members of `Values`, by name. */
export type OptionTable<Values> = { readonly [Name in keyof Values]: Option<Values[Name]> };

/** A text that a user gave for an option, and where: `--option`, `ASHLAR_BACKUP_FILE_SIZE`, `/etc/cinder.conf`. */
export interface Given {
  readonly text: string;
  readonly origin: string;
  /** The text as it was written, before references in it were replaced. @default {text} */
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
 * The value of every option in the table: what was given, else its default. An empty text takes back what a place of
 * lower precedence says.
 * @throws UsageError for the first text that cannot be accepted
 */
function parseOptions<Values>(table: OptionTable<Values>, given: Lookup): Values {
  const values = optionsIn(table).map(([name, option]) => [name, parseGiven(name, option, given(name))]);
  return Object.fromEntries(values) as Values;
}

/** @throws UsageError that names the option, the text unless it is a secret, its origin, and what is wanted */
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

/** The values of options, by table. Those of a table are parsed when they are first asked for, and once. */
export class OptionReader {
  readonly #given: Lookup;
  readonly #values = new Map<object, unknown>();

  constructor(given: Lookup) {
    this.#given = given;
  }

  /** @throws UsageError for a text that cannot be accepted */
  valuesOf<Values>(table: OptionTable<Values>): Values {
    if (!this.#values.has(table)) this.#values.set(table, parseOptions(table, this.#given));
    return this.#values.get(table) as Values;
  }
}
