/**
 * The command: arguments in, exit code out. It holds no logic of its own:
 *
 *     parse the arguments; resolve the settings; open the service; make one call; print its result
 *
 * Standard output carries data only; messages go to standard error. In any case an exit code is returned and nothing is
 * thrown. Nothing is printed twice, and no data is printed after a failure.
 */
import { CommanderError } from "commander";
import { EXIT_FAILURE, EXIT_OK, EXIT_USAGE, exitCodeOf } from "./exit-code.js";
import type { CommandHost } from "./host.js";
import { Invocation } from "./invocation.js";
import { buildProgram } from "./program.js";
import { reportError } from "./report.js";
import { Stop } from "./signals.js";

/** @param args without the runtime and the script */
export async function runCommand(args: readonly string[], host: CommandHost): Promise<number> {
  const stop = new Stop(host);
  // The parser prints help from synchronous calls, so the text is collected here.
  let help = "";
  const output = {
    out: (text: string) => {
      help += text;
    },
    error: (text: string) => host.screen.write(text),
  };
  try {
    await buildProgram(new Invocation(host, stop), output).parseAsync(args.map(autoFlag), { from: "user" });
    return EXIT_OK;
  } catch (error) {
    if (error instanceof CommanderError) return await endOfParsing(help, host);
    const withStack = (host.environment.ASHLAR_DEBUG ?? "") !== "";
    host.screen.write(reportError(error, { withStack }));
    return exitCodeOf(error, stop.signal);
  } finally {
    stop.release();
  }
}

/** The parser does not support a flag with an optional value before an argument. */
function autoFlag(argument: string): string {
  return argument === "--incremental=auto" ? "--incremental-auto" : argument;
}

/**
 * Either the parser has printed an error message on standard error, or it has made the text that the user asked for:
 * help, or the version. Only that text shows which: the parser's own code for help is the process's exit code at that
 * moment.
 */
async function endOfParsing(help: string, host: CommandHost): Promise<number> {
  if (help === "") return EXIT_USAGE;
  try {
    await host.print(help);
    return EXIT_OK;
  } catch (cause) {
    host.screen.write(reportError(cause, { withStack: false }));
    return EXIT_FAILURE;
  }
}
