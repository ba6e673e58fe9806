/** `ashlar completion`: scripts with which shells complete the command's verbs and flags. */
import { Argument, type Command } from "commander";
import { completionScript, SHELLS, type Shell } from "../completion.js";
import type { Invocation } from "../invocation.js";
import { verbTree } from "../verb-tree.js";

export function addCompletionVerb(program: Command, invocation: Invocation): void {
  program
    .command("completion")
    .description("print a script for shell completion")
    .addArgument(new Argument("<shell>", "the shell that reads it").choices(SHELLS))
    .action(async (shell: Shell) => {
      await invocation.host.print(completionScript(shell, verbTree(program)));
    });
}
