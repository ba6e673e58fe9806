/** Flags that several verbs share, and the parsing of their values. */
import { type Command, Option } from "commander";
import { UsageError } from "../../errors.js";
import { OUTPUT_FORMATS, type OutputFlags } from "../output/printer.js";

/** The flags of a verb that prints: `-f` and `-c`, as in the `openstack` client. */
export function withOutput(command: Command): Command {
  return command
    .addOption(new Option("-f, --format <format>", "output format").choices(OUTPUT_FORMATS).default("table"))
    .option("-c, --column <column>", "print only this column; may be repeated", collect);
}

/** Stands for standard input or output. */
export const STANDARD_STREAM = "-";

/** The flag of a verb that moves a volume's bytes. */
export function withProfile(command: Command): Command {
  return command.option("--profile", "print at the end how long each stage worked and waited");
}

/** Examples at the end of a verb's help. */
export function withExamples(
  command: Command,
  examples: readonly string[],
  start = "ashlar volume backup",
): Command {
  const lines = examples.map((example) => `  ${start} ${example}`);
  return command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}

export type { OutputFlags };

/** Collects a repeatable flag. If it is not given it has no value, because help would print an empty list. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

/** User metadata from `--property K=V`; for a repeated key the last value counts. */
export function parseProperties(pairs: readonly string[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const separator = pair.indexOf("=");
      if (separator < 1) throw new UsageError(`Cannot use --property "${pair}": want KEY=VALUE`);
      return [pair.slice(0, separator), pair.slice(separator + 1)];
    }),
  );
}

export function parseCount(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^[0-9]+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new UsageError(`Cannot use ${flag} "${text}": want a whole number from 0 on, in digits`);
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** An age in seconds. */
export function parseAge(flag: string, text: string): number {
  const [, count, unit] = /^([0-9]{1,9})([smhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return Number(count) * SECONDS[unit]!;
  throw new UsageError(
    `Cannot use ${flag} "${text}": want a whole number and a unit, as 30s, 90m, 24h or 7d`,
  );
}

/** `value` if it is one of `choices`. */
export function parseChoice<T extends string>(
  flag: string,
  value: string | undefined,
  choices: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === value);
  if (choice !== undefined) return choice;
  throw new UsageError(`Cannot use ${flag} "${value}": want one of ${choices.join(", ")}`);
}
