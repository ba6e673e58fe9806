/** Reads the options that a program passes for its stores, given as values. */
import { UsageError } from "../errors.js";
import { OptionReader } from "../options/option.js";
import { Secret } from "../options/secret.js";
import { suggestion } from "../options/suggestion.js";
import { STORE_OPTIONS } from "./registry.js";

/** Values of stores' options by name; a value may also be given as text, e.g. from the environment. */
export type SinkOptions = Readonly<Record<string, boolean | number | string | Secret | undefined>>;

/** @throws UsageError for an option that no store has */
export function optionReader(options: SinkOptions | OptionReader): OptionReader {
  if (options instanceof OptionReader) return options;
  const names = Object.keys(STORE_OPTIONS);
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`Cannot set option "${unknown}": no store has it${suggestion(unknown, names)}`);
  }
  return new OptionReader((name) => {
    const value = options[name];
    if (value === undefined) return undefined;
    return { text: value instanceof Secret ? value.reveal() : String(value), origin: "given" };
  });
}
