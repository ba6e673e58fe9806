#!/usr/bin/env node
import { runCommand } from "../cli/run.js";
import { processHost } from "./command-host.js";
import { keepYoungGenerationSmall } from "./young-generation.js";

keepYoungGenerationSmall();

// Setting the code and not exiting lets what was written to a pipe arrive.
process.exitCode = await runCommand(process.argv.slice(2), processHost());
