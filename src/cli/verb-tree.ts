/** The command's verbs as data, taken from the parser that prints the help: for completions and the man page. */
import type { Command, Option } from "commander";

export interface Flag {
  /** `-f` and `--format`, or the one of them that exists. */
  readonly names: readonly string[];
  /** `-f, --format <format>` */
  readonly usage: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  readonly description: string;
}

export interface Verb {
  /** The words after `ashlar`. */
  readonly words: readonly string[];
  /** `[options] <backup> [volume]` */
  readonly usage: string;
  readonly description: string;
  readonly operands: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly Flag[];
  readonly verbs: readonly Verb[];
}

export function verbTree(command: Command, words: readonly string[] = []): Verb {
  return {
    words,
    usage: command.usage(),
    description: command.description(),
    operands: command.registeredArguments.map((operand) => ({
      name: operand.name(),
      description: operand.description,
    })),
    flags: command.options.map(flagOf),
    verbs: command.commands.map((child) => verbTree(child, [...words, child.name()])),
  };
}

/** The verb itself and all below it. */
export function allVerbs(verb: Verb): Verb[] {
  return [verb, ...verb.verbs.flatMap(allVerbs)];
}

function flagOf({ short, long, flags, required, optional, argChoices, description }: Option): Flag {
  return {
    names: [short, long].filter((name) => name !== undefined),
    usage: flags,
    takesValue: required || optional,
    choices: argChoices ?? [],
    description,
  };
}
