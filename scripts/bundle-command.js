/**
 * Joins the built command's modules into one file, `build/command/node/bin.js`, and its thread's into another.
 *
 * As CommonJS: there a module that is imported late, and a package or module of Node's that it needs, is loaded when it
 * is needed also where all are in one file. A third of a millisecond for each of 75 files, in the command and in each
 * thread, is what modules in files of their own cost (docs/decisions/0028-start-up.md). Packages stay where they are.
 * The files lie as deep as `build/src/node`, from where modules look for package.json.
 */
import { rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));
const outdir = "build/command/node";

await rm(new URL(`../${outdir}`, import.meta.url), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: ["build/src/node/bin.js", "build/src/node/threads/worker.js"],
  outdir,
  // A thread's file is looked for beside the file that starts it.
  entryNames: "[name]",
  bundle: true,
  format: "cjs",
  platform: "node",
  target: "node20.19",
  packages: "external",
  // Errors are named after their classes.
  keepNames: true,
  define: { "import.meta.url": "moduleUrl" },
  banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
  logLevel: "warning",
});
await writeFile(new URL(`../${outdir}/package.json`, import.meta.url), '{ "type": "commonjs" }\n');
