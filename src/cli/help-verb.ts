/**
 * `help [verb...]`, at every level of the tree: `ashlar volume help backup create` is `ashlar volume backup create
 * --help`. The parser's own help verb takes a single verb and ignores the rest.
 */
import type { Command } from "commander";
import { UsageError } from "../errors.js";

export const HELP_VERB = "help";

export function addHelpVerbs(command: Command): void {
  command.helpCommand(false);
  if (command.commands.length === 0) return;
  for (const child of command.commands) addHelpVerbs(child);
  command
    .command(HELP_VERB)
    .description("show the help of a verb")
    .argument("[verb...]", "the words that lead to it")
    .action((words: string[]) => find(command, words).help());
}

/** @throws UsageError naming the existing verbs */
function find(start: Command, words: readonly string[]): Command {
  let found = start;
  for (const word of words) {
    const next = found.commands.find((child) => child.name() === word);
    if (next === undefined) {
      const names = found.commands.map((child) => child.name()).join(", ");
      const wanted = names === "" ? "it has no verbs of its own" : `want one of ${names}`;
      throw new UsageError(`Cannot show the help of "${word}" of ${pathOf(found)}: ${wanted}`);
    }
    found = next;
  }
  return found;
}

/** For example `ashlar volume backup`. */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
