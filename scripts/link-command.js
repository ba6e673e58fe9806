/**
 * Makes the built command executable and known to `npx` in this checkout. Without the link npx installs the checkout
 * into a cache of its own first, which builds everything a second time.
 */
import { chmod, mkdir, rm, symlink } from "node:fs/promises";

const command = new URL("../build/command/node/bin.js", import.meta.url);
const link = new URL("../node_modules/.bin/ashlar", import.meta.url);

await chmod(command, 0o755);
await mkdir(new URL(".", link), { recursive: true });
await rm(link, { force: true });
await symlink("../../build/command/node/bin.js", link);
