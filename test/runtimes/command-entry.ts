/** The suite as a command, for Node, Deno and Bun: its one argument is the driver's URL. */
import { portableRuntime } from "../../src/pipeline/portable-runtime.js";
import { serveDriver } from "./protocol.js";

await serveDriver(process.argv[2]!, portableRuntime);
