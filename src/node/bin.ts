#!/usr/bin/env node
import { EXIT_FAILURE } from "../cli/exit-code.js";
import { runCommand } from "../cli/run.js";
import { processHost } from "./command-host.js";
import { keepYoungGenerationSmall } from "./threads/young-generation.js";

keepYoungGenerationSmall();

// What stands if nothing is left to wait for before the command's end has come.
process.exitCode = EXIT_FAILURE;
// Without `await`, which the form that `scripts/bundle-command.js` gives it does not have here. Setting the code and not
// exiting lets what was written to a pipe arrive.
void runCommand(process.argv.slice(2), processHost()).then((exitCode) => {
  process.exitCode = exitCode;
});
