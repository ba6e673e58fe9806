/** The options that a program gives for its stores, as their values. */
import { UsageError } from "../errors.js";
import { nearest } from "../options/nearest.js";
import { OptionReader } from "../options/option.js";
import { Secret } from "../options/secret.js";
import { STORE_OPTIONS } from "./registry.js";

/** Values of stores' options by their names; a value may be its text, e.g. one of the environment. */
export type SinkOptions = Readonly<Record<string, boolean | number | string | Secret | undefined>>;

/** @throws UsageError for a name that no store's option has */
export function optionReader(options: SinkOptions | OptionReader): OptionReader {
  if (options instanceof OptionReader) return options;
  const names = Object.keys(STORE_OPTIONS);
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `Cannot set option "${unknown}": no store has it; did you mean ${nearest(unknown, names)}?`,
    );
  }
  return new OptionReader((name) => {
    const value = options[name];
    if (value === undefined) return undefined;
    return { text: value instanceof Secret ? value.reveal() : String(value), origin: "given" };
  });
}
