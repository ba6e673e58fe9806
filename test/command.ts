/** The command as it is shipped: in one file, and not in the modules that it is made of. */
import { fileURLToPath } from "node:url";

/** Path of the built program. */
export const COMMAND: string = fileURLToPath(new URL("../command/node/bin.js", import.meta.url));
