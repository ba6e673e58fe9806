/** Rejects mistaken values of flags: empty ones, or the next flag. */
import type { Command } from "commander";
import { UsageError } from "../errors.js";

/** Flags whose empty value removes an existing value. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(["--description", "--property", "--option"]);

/** @throws UsageError for a value that begins with two dashes, and for an empty one that has no meaning */
export function checkFlagValues(command: Command): void {
  for (const option of command.options) {
    const { long = "", required, optional } = option;
    if (!required && !optional) continue;
    const value: unknown = command.getOptionValue(option.attributeName());
    for (const text of [value].flat()) {
      if (typeof text !== "string") continue;
      if (text.startsWith("--"))
        throw new UsageError(
          `Cannot use ${long} "${text}": its value is missing, or looks like another flag`,
        );
      const mayBeEmpty = MAY_BE_EMPTY.has(long) || (long === "--name" && command.name() === "set");
      if (text === "" && !mayBeEmpty) throw new UsageError(`Cannot use ${long} "": want a value`);
    }
  }
  if (command.parent !== null) checkFlagValues(command.parent);
}
