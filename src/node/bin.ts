#!/usr/bin/env node
import { EXIT_FAILURE } from "../cli/exit-code.js";
import { runCommand } from "../cli/run.js";
import { processHost } from "./command-host.js";
import { enlargeThreadPool } from "./thread-pool.js";
import { keepYoungGenerationSmall } from "./threads/young-generation.js";

/** Exit codes above this are those of signals. */
const EXIT_SIGNALLED = 128;
/** How long what is left of an ended command may hold the process. */
const END_MS = 1000;

enlargeThreadPool();
keepYoungGenerationSmall();

// The exit code if the event loop runs empty before the command has ended.
process.exitCode = EXIT_FAILURE;
// No `await`: the CommonJS bundle of `scripts/bundle-command.js` has no top-level await. Setting the code instead of
// exiting lets pending output to a pipe complete.
void runCommand(process.argv.slice(2), processHost()).then((exitCode) => {
  process.exitCode = exitCode;
  // A command that was stopped does not wait for a reader that does not read.
  if (exitCode > EXIT_SIGNALLED && process.stdout.writableLength > 0) process.exit();
  setTimeout(end, END_MS).unref();
});

/**
 * Ends the process, unless output has not been read yet: a lookup of a host's name cannot be aborted, and may hold the
 * process for half a minute.
 */
function end(): void {
  if (process.stdout.writableLength === 0) process.exit();
  setTimeout(end, END_MS).unref();
}
